// SPDX-License-Identifier: MIT
//
// C and C++ agree on vtables and on the two methods that return a structure (RT-26, WP-91): each side
// implements them, each side calls them. tests/wdk_test.py runs this with the halves from different compilers.
#include "tests/ps_test.h"

#include "tests/wdk_com.h"

// ---- the C objects -----------------------------------------------------------------------------------

static ULONG NTAPI channel_size(IDmaChannel *This)
{
    return CHANNEL_BYTES;
}

static PVOID NTAPI channel_system_address(IDmaChannel *This)
{
    return This;
}

static PHYSICAL_ADDRESS *NTAPI channel_address(IDmaChannel *This, PHYSICAL_ADDRESS *result)
{
    result->QuadPart = CHANNEL_ADDRESS;
    return result;
}

static PADAPTER_OBJECT NTAPI channel_adapter(IDmaChannel *This)
{
    return (PADAPTER_OBJECT)This;
}

static const IDmaChannelVtbl channel_vtbl = {
    .BufferSize = channel_size,
    .SystemAddress = channel_system_address,
    .PhysicalAddress = channel_address,
    .GetAdapterObject = channel_adapter,
};

static PHYSICAL_ADDRESS *NTAPI stream_page(IPortWaveRTStream *This, PHYSICAL_ADDRESS *result,
                                           PMDL mdl, ULONG index)
{
    result->QuadPart = address_of_page(mdl, index);
    return result;
}

static const IPortWaveRTStreamVtbl stream_vtbl = {.GetPhysicalPageAddress = stream_page};

PDMACHANNEL c_channel(void)
{
    static IDmaChannel channel = {&channel_vtbl};

    return &channel;
}

PPORTWAVERTSTREAM c_stream(void)
{
    static IPortWaveRTStream stream = {&stream_vtbl};

    return &stream;
}

// ---- the tests ---------------------------------------------------------------------------------------

static const PMDL some_mdl = (PMDL)(ULONG_PTR)0x7654321;

PS_TEST(c_calls_objects_of_c)
{
    assert_int_equal(IDmaChannel_PhysicalAddress(c_channel()).QuadPart, CHANNEL_ADDRESS);
    assert_int_equal(IPortWaveRTStream_GetPhysicalPageAddress(c_stream(), some_mdl, 3).QuadPart,
                     address_of_page(some_mdl, 3));
}

PS_TEST(c_calls_objects_of_cxx)
{
    PVOID found = NULL;

    assert_int_equal(IDmaChannel_PhysicalAddress(cxx_channel()).QuadPart, CHANNEL_ADDRESS);
    assert_int_equal(IPortWaveRTStream_GetPhysicalPageAddress(cxx_stream(), some_mdl, 3).QuadPart,
                     address_of_page(some_mdl, 3));
    assert_int_equal(COM_CALL(cxx_channel(), BufferSize), CHANNEL_BYTES);
    assert_ptr_equal(COM_CALL(cxx_channel(), GetAdapterObject), cxx_channel());
    assert_int_equal(COM_CALL(cxx_channel(), QueryInterface, &IID_IDmaChannel, &found), STATUS_SUCCESS);
    assert_ptr_equal(found, cxx_channel());
    assert_int_equal(COM_CALL(cxx_channel(), QueryInterface, &IID_IUnknown, &found),
                     STATUS_INVALID_PARAMETER);
}

PS_TEST(cxx_calls_objects_of_c)
{
    assert_int_equal(cxx_ask_channel(c_channel()), CHANNEL_ADDRESS);
    assert_int_equal(cxx_ask_stream(c_stream(), some_mdl, 70000), address_of_page(some_mdl, 70000));
    assert_int_equal(cxx_ask_neighbours(c_channel()), CHANNEL_BYTES + 1);
}

PS_TEST(cxx_calls_objects_of_cxx)
{
    assert_int_equal(cxx_ask_channel(cxx_channel()), CHANNEL_ADDRESS);
    assert_int_equal(cxx_ask_stream(cxx_stream(), some_mdl, 1), address_of_page(some_mdl, 1));
    assert_int_equal(cxx_ask_neighbours(cxx_channel()), CHANNEL_BYTES + 1);
}

// What Microsoft's compilers do: `this` and the result's address as first arguments, the address returned.
PS_TEST(a_slot_takes_the_result_pointer_and_returns_it)
{
    void **slots = *(void ***)cxx_stream();
    void *(NTAPI * page)(void *, void *, PMDL, ULONG) =
        (void *(NTAPI *)(void *, void *, PMDL, ULONG))slots[9];
    PHYSICAL_ADDRESS address = {.QuadPart = -1};

    assert_ptr_equal(page(cxx_stream(), &address, some_mdl, 9), &address);
    assert_int_equal(address.QuadPart, address_of_page(some_mdl, 9));
}
