// SPDX-License-Identifier: MIT
//
// What a model may say behind its header, and what older models do not say. What the machine does
// with power management and MSI is in machine_hda_test.c.
#include "tests/machine_tester.h"

static int attach(const struct ps_device_ops *ops)
{
    struct tester t = tester_create(NULL, 1);
    struct ps_device *device;
    int error = machine_attach(t.system, ops, &device);

    tester_destroy(&t);
    return error;
}

PS_TEST(models_of_version_1_are_taken_as_they_were)
{
    static const struct ps_pci_register never = {0, 7, 0, 0};
    struct tester t = tester_create(NULL, 1);
    struct ps_device_ops old = copier_ops;
    struct ps_device *device;

    old.version = 1;
    old.registers = &never; // where an old model has something else
    old.register_count = 1000;
    old.capabilities = 0x50;
    assert_int_equal(machine_attach(t.system, &old, &device), 0);
    assert_int_equal(pci_config_read(device, 0x34, 1), 0);
    assert_int_equal(pci_config_read(device, 0x50, 4), 0);
    tester_destroy(&t);
}

PS_TEST(registers_lie_behind_the_header_on_their_boundaries)
{
    static const struct ps_pci_register bad[] = {
        {0x3C, 4, 0, 0}, {0x41, 2, 0, 0}, {0x42, 4, 0, 0},
        {0x44, 3, 0, 0}, {0x44, 8, 0, 0}, {0x44, 0, 0, 0},
    };
    struct ps_device_ops ops = copier_ops;

    ops.register_count = 1;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        ops.registers = &bad[i];
        assert_int_equal(attach(&ops), -EINVAL);
    }
    ops.registers = &(const struct ps_pci_register){0xFC, 4, 1, 2};
    assert_int_equal(attach(&ops), 0);
}

PS_TEST(lists_of_capabilities_end)
{
    static const struct ps_pci_register loop[] = {{0x40, 2, 0x5001, 0}, {0x50, 2, 0x4005, 0}};
    static const struct ps_pci_register outside[] = {{0x40, 2, 0x2001, 0}};
    static const struct ps_pci_register high[] = {{0x40, 2, 0xF801, 0}};
    static const struct ps_pci_register whole[] = {{0x40, 2, 0xF001, 0}, {0xF0, 2, 0x0009, 0}};
    struct ps_device_ops ops = copier_ops;

    ops.capabilities = 0x40;
    ops.register_count = 2;
    ops.registers = loop;
    assert_int_equal(attach(&ops), -EINVAL);
    ops.registers = whole;
    assert_int_equal(attach(&ops), 0);
    ops.register_count = 1;
    ops.registers = outside;
    assert_int_equal(attach(&ops), -EINVAL);
    ops.registers = high;
    assert_int_equal(attach(&ops), -EINVAL);
    ops.capabilities = 0x41;
    assert_int_equal(attach(&ops), -EINVAL);
}

PS_TEST(a_wide_bar_takes_two_places)
{
    struct ps_device_ops ops = copier_ops;

    ops.pci.bars[0] = (struct ps_bar){PS_BAR_MEMORY_64, 4096};
    assert_int_equal(attach(&ops), -EINVAL); // the next one is taken
    ops.pci.bars[1] = (struct ps_bar){PS_BAR_NONE, 0};
    assert_int_equal(attach(&ops), 0);
    ops.pci.bars[5] = (struct ps_bar){PS_BAR_MEMORY_64, 4096};
    assert_int_equal(attach(&ops), -EINVAL);
}
