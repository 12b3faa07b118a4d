// SPDX-License-Identifier: MIT
//
// CUnknown and the operators of lib/stdunk: an object as a C++ driver makes it, alone and aggregated.
#include "tests/ps_test.h"

#include <stdunk.h>

// ---- the kernel under it -----------------------------------------------------------------------------

static int blocks;
static ULONG last_tag;

PVOID NTAPI ExAllocatePoolWithTag(POOL_TYPE, SIZE_T bytes, ULONG tag)
{
    PVOID block = malloc(bytes);

    blocks++;
    last_tag = tag;
    memset(block, 0xA5, bytes);
    return block;
}

static POOL_FLAGS last_flags;

PVOID NTAPI ExAllocatePool2(POOL_FLAGS flags, SIZE_T bytes, ULONG tag)
{
    blocks++;
    last_tag = tag;
    last_flags = flags;
    return calloc(1, bytes);
}

VOID NTAPI ExFreePool(PVOID block)
{
    blocks--;
    free(block);
}

VOID NTAPI KeBugCheckEx(ULONG, ULONG_PTR, ULONG_PTR, ULONG_PTR, ULONG_PTR)
{
    abort();
}

// ---- a driver's class --------------------------------------------------------------------------------

DEFINE_GUID(IID_ICounter, 0x5EC0BA1D, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);

DECLARE_INTERFACE_(ICounter, IUnknown)
{
    DEFINE_ABSTRACT_UNKNOWN()
    STDMETHOD_(ULONG, Next)(THIS_ ULONG Step) PURE;
};

class CCounter : public ICounter, public CUnknown
{
    ULONG m_value;

  public:
    DECLARE_STD_UNKNOWN();
    DEFINE_STD_CONSTRUCTOR(CCounter);
    ~CCounter()
    {
        destroyed++;
    }
    STDMETHODIMP_(ULONG) Next(ULONG Step)
    {
        return m_value += Step;
    }
    static int destroyed;
};

int CCounter::destroyed;

STDMETHODIMP_(NTSTATUS) CCounter::NonDelegatingQueryInterface(REFIID iid, PVOID *out)
{
    if (!IsEqualGUIDAligned(iid, IID_ICounter))
        return CUnknown::NonDelegatingQueryInterface(iid, out);
    *out = QICAST(ICounter *);
    PUNKNOWN(*out)->AddRef();
    return STATUS_SUCCESS;
}

static NTSTATUS counter_new(PUNKNOWN *out, PUNKNOWN outer)
{
    STD_CREATE_BODY_WITH_TAG_(CCounter, out, outer, NonPagedPool, 0x11223344, ICounter *);
}

// ---- the tests ---------------------------------------------------------------------------------------

static int reset(void **)
{
    blocks = 0;
    CCounter::destroyed = 0;
    return 0;
}

PS_TEST_HOOKS(reset, NULL);

PS_TEST(new_zero_fills_and_passes_the_tag, "DS-23")
{
    PUNKNOWN unknown = nullptr;
    ICounter *counter = nullptr;

    assert_int_equal(counter_new(&unknown, nullptr), STATUS_SUCCESS);
    assert_int_equal(last_tag, 0x11223344);
    assert_int_equal(unknown->QueryInterface(IID_ICounter, (PVOID *)&counter), STATUS_SUCCESS);
    assert_int_equal(counter->Next(7), 7);
    counter->Release();
    unknown->Release();
}

PS_TEST(the_last_release_destroys_once, "DS-23")
{
    PUNKNOWN unknown = nullptr;
    ICounter *counter = nullptr;

    counter_new(&unknown, nullptr);
    unknown->QueryInterface(IID_ICounter, (PVOID *)&counter);
    assert_int_equal(unknown->Release(), 1);
    assert_int_equal(CCounter::destroyed, 0);
    assert_int_equal(counter->Release(), 0);
    assert_int_equal(CCounter::destroyed, 1);
    assert_int_equal(blocks, 0);
}

PS_TEST(an_unknown_interface_is_refused_and_nulled, "AD-12")
{
    PUNKNOWN unknown = nullptr;
    PVOID found = &unknown;

    counter_new(&unknown, nullptr);
    assert_int_equal(unknown->QueryInterface(GUID_NULL, &found), STATUS_INVALID_PARAMETER);
    assert_null(found);
    assert_int_equal(unknown->Release(), 0);
}

// An outer object that counts what the inner one delegates.
class Outer : public IUnknown
{
  public:
    ULONG references = 1;
    IMP_IUnknown;
};

STDMETHODIMP_(NTSTATUS) Outer::QueryInterface(REFIID, PVOID *out)
{
    *out = nullptr;
    return STATUS_NOT_SUPPORTED;
}

STDMETHODIMP_(ULONG) Outer::AddRef()
{
    return ++references;
}

STDMETHODIMP_(ULONG) Outer::Release()
{
    return --references;
}

PS_TEST(an_aggregated_object_counts_on_its_outer_one, "AD-11")
{
    Outer outer;
    CCounter *counter = new (NonPagedPool) CCounter(&outer);
    PVOID found = nullptr;

    counter->NonDelegatingAddRef();
    assert_int_equal(counter->NonDelegatingQueryInterface(IID_ICounter, &found), STATUS_SUCCESS);
    assert_int_equal(outer.references, 2);
    assert_int_equal(counter->QueryInterface(IID_ICounter, &found), STATUS_NOT_SUPPORTED);
    ((ICounter *)counter)->Release();
    assert_int_equal(outer.references, 1);
    assert_int_equal(counter->NonDelegatingRelease(), 0);
    assert_int_equal(CCounter::destroyed, 1);
}

PS_TEST(arrays_and_delete_give_memory_back, "DS-23")
{
    char *array = new (PagedPool, 0x5555) char[64];

    assert_int_equal(array[0] | array[63], 0);
    assert_int_equal(blocks, 1);
    delete[] array;
    assert_int_equal(blocks, 0);
}

PS_TEST(operators_with_pool_flags)
{
    ULONG *number = new (POOL_FLAG_NON_PAGED, 0x46546761) ULONG;

    assert_int_equal(last_flags, POOL_FLAG_NON_PAGED);
    assert_int_equal(last_tag, 0x46546761);
    assert_int_equal(*number, 0);
    assert_int_equal(blocks, 1);
    delete number;
    assert_int_equal(blocks, 0);
}
