// SPDX-License-Identifier: MIT
//
// The simulated machine with --machine sim:quirks=qemu: what its devices say of themselves on the bus, and registers that
// take writes in reset. tests/machine/machine_registers_test.c asks QEMU the same.
#include "models/models.h"
#include "tests/machine_tester.h"

static struct ps_device *begin(struct tester *t, const struct ps_device_ops *model)
{
    const struct machine_options options = {.quirks = true};
    struct ps_device *device;

    *t = tester_create(&options, 1);
    assert_int_equal(machine_attach(t->system, model, &device), 0);
    return device;
}

static uint32_t size_of_bar(struct ps_device *device, unsigned bar)
{
    pci_config_write(device, 0x10 + 4 * bar, 4, UINT32_MAX);
    return -(pci_config_read(device, 0x10 + 4 * bar, 4) & ~3u);
}

PS_TEST(ac97_has_another_pin_and_larger_bars, "AC-5")
{
    struct tester t;
    struct ps_device *device = begin(&t, &ac97_model);

    assert_int_equal(pci_config_read(device, 0x3d, 1), 1);
    assert_int_equal(size_of_bar(device, 0), 1024);
    assert_int_equal(size_of_bar(device, 1), 256);
    tester_destroy(&t);
}

PS_TEST(hda_has_messages_and_no_other_capability, "HD-10")
{
    struct tester t;
    struct ps_device *device = begin(&t, &hda_model);

    assert_int_equal(pci_config_read(device, 0x10, 4) & 0xf, 0); // 32 bits
    assert_int_equal(pci_config_read(device, 0x14, 4), 0);
    assert_int_equal(pci_config_read(device, 0x34, 1), 0x60);
    assert_int_equal(pci_config_read(device, 0x60, 2), 0x0005); // MSI, and nothing behind it
    pci_config_write(device, 0x78, 2, 0xffff);
    assert_int_equal(pci_config_read(device, 0x78, 2), 0);
    tester_destroy(&t);
}

PS_TEST(hda_takes_writes_in_reset_and_has_its_codec_there, "HD-25")
{
    struct device_resource resources[DEVICE_RESOURCES];
    struct tester t;
    struct ps_device *device = begin(&t, &hda_model);
    uint64_t bar;

    assert_true(device_resources(device, resources, DEVICE_RESOURCES) > 0);
    bar = resources[0].start;
    assert_int_equal(machine_mmio_read(t.system, bar + 0x08, 4), 0); // CRST is 0
    assert_int_equal(machine_mmio_read(t.system, bar + 0x0e, 2), 1); // STATESTS
    machine_mmio_write(t.system, bar + 0x40, 4, 0x12345680);         // CORB's base
    machine_mmio_write(t.system, bar + 0x92, 2, 0x0011);             // a stream's format
    assert_int_equal(machine_mmio_read(t.system, bar + 0x40, 4), 0x12345680);
    assert_int_equal(machine_mmio_read(t.system, bar + 0x92, 2), 0x0011);
    tester_destroy(&t);
}
