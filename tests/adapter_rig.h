// SPDX-License-Identifier: MIT
//
// A whole system with a tiny adapter driver, for the tests of the adapter's part of the port class: a device
// (the copier), DriverEntry and AddDevice, and StartDevice as the test says. The body of a test runs on a system
// thread while the device is started; afterwards it is removed and the driver unloaded, and nothing may be left.
#ifndef PORTSIDE_TESTS_ADAPTER_RIG_H
#define PORTSIDE_TESTS_ADAPTER_RIG_H

#include "tests/machine_tester.h"

#include <portcls.h>

#include "tests/kernel_fixture.h"

struct adapter {
    // What the driver does.
    PCPFNSTARTDEVICE start;
    NTSTATUS (*add)(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo); // NULL: PcAddAdapterDevice with 4 objects
    void (*body)(void);                                         // NULL: none
    bool surprise;                                              // removed without being asked
    struct chooser *chooser;                                    // NULL: round-robin
    const struct ps_device_ops *device;                         // NULL: the copier
    struct fault_plan *plan;                                    // from loading the driver to its unloading
    bool stays;                                                 // the system is not ended
    // What came of it.
    struct kernel_rig rig;
    struct ps_system *system;
    PDRIVER_OBJECT driver;
    PDEVICE_OBJECT fdo, pdo;
    NTSTATUS started;
    struct kernel_counts before, after;
    bool done;
};

static struct adapter *adapter; // the one that runs
static WCHAR adapter_name[] = {'T', 'o', 'p', 'o', 0};

static inline NTSTATUS NTAPI adapter_add(PDRIVER_OBJECT driver, PDEVICE_OBJECT pdo)
{
    if (adapter->add)
        return adapter->add(driver, pdo);
    return PcAddAdapterDevice(driver, pdo, adapter->start, 4, 0);
}

static inline NTSTATUS NTAPI adapter_entry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    return PcInitializeAdapterDriver(driver, path, adapter_add);
}

static inline void adapter_live(void *argument)
{
    struct adapter *a = argument;
    struct ps_device *device = machine_device(a->system->machine, 0);

    kernel_get_counts(a->system, &a->before);
    a->system->fault = a->plan;
    a->started = kernel_load_driver(a->system, "test", adapter_entry, &a->driver);
    if (NT_SUCCESS(a->started)) {
        a->started = kernel_start_device(a->system, a->driver, device, &a->pdo);
        if (NT_SUCCESS(a->started)) {
            a->fdo = a->pdo->AttachedDevice;
            if (a->body)
                a->body();
            a->system->fault = NULL;
            kernel_remove_device(a->system, a->pdo, a->surprise);
        }
        a->system->fault = NULL;
        kernel_unload_driver(a->system, a->driver);
    }
    a->system->fault = NULL;
    kernel_get_counts(a->system, &a->after);
    a->done = true;
}

static inline void adapter_same_counts(const struct adapter *a)
{
    const size_t *before = (const size_t *)&a->before, *after = (const size_t *)&a->after;

    for (size_t i = 0; i < sizeof(a->before) / sizeof(size_t); i++)
        if (before[i] != after[i])
            fail_msg("count %zu was %zu and is %zu", i, before[i], after[i]);
}

static inline void adapter_run(struct adapter *a)
{
    struct ps_device *device;

    adapter = a;
    a->rig = kernel_rig_new(2, a->chooser ? a->chooser : chooser_round_robin());
    a->system = a->rig.system;
    assert_int_equal(machine_attach(a->system, a->device ? a->device : &copier_ops, &device), 0);
    kernel_rig_thread(&a->rig, "test", adapter_live, a);
    kernel_rig_run(&a->rig);
    for (size_t i = 0; !a->done && i < journal_count(a->system->journal); i++)
        print_message("%s\n", journal_get(a->system->journal, i)->text);
    assert_true(a->done);
    adapter_same_counts(a);
    if (!a->stays)
        kernel_rig_clean(&a->rig);
}

static inline void adapter_try(PCPFNSTARTDEVICE start, void (*body)(void))
{
    struct adapter a = {.start = start, .body = body};

    adapter_run(&a);
    assert_int_equal(a.started, STATUS_SUCCESS);
}

// The same, with exactly one finding of `rule`.
static inline void adapter_finds(struct adapter *a, const char *rule)
{
    a->stays = true;
    adapter_run(a);
    kernel_rig_finding(&a->rig, rule);
    kernel_rig_end(&a->rig);
}

// The same, with the first parameter of bug check 0xC4.
static inline void adapter_violates(struct adapter *a, const char *rule, uint64_t p1)
{
    const struct finding *finding;

    a->stays = true;
    adapter_run(a);
    finding = kernel_rig_finding(&a->rig, rule);
    assert_int_equal(finding->code, 0xC4);
    assert_int_equal(finding->parameters[0], p1);
    kernel_rig_end(&a->rig);
}

// Runs `a` again and again, the Nth allocation failing, once or for good, until none is left to fail.
static inline void adapter_starve(const struct adapter *what)
{
    for (int for_good = 0; for_good < 2; for_good++) {
        uint64_t site = 0;
        bool failed;

        do {
            struct fault_plan plan = {.fail_at = ++site, .for_good = for_good};
            struct adapter a = *what;

            a.plan = &plan;
            adapter_run(&a);
            failed = plan.failed != 0;
        } while (failed && site < 1000);
        assert_in_range(site, 2, 999);
    }
}

// ---- a topology miniport -----------------------------------------------------------------------------
// Two bridge pins, a volume and a mute node; what its handlers do is up to the test.

struct topology {
    IMiniportTopology iface;
    IPinCount counter;
    LONG references;
    unsigned inits, counted;
    NTSTATUS init, intersection;
    PUNKNOWN adapter;
    PRESOURCELIST resources;
    PPCFILTER_DESCRIPTOR description;
    bool counts; // offers IPinCount
    PPORTTOPOLOGY port;
};

static struct topology topology;

static inline NTSTATUS NTAPI topology_query(IMiniportTopology *This, REFIID iid, PVOID *out)
{
    if (!memcmp(iid, &IID_IMiniportTopology, sizeof(GUID)) ||
        !memcmp(iid, &IID_IMiniport, sizeof(GUID)) || !memcmp(iid, &IID_IUnknown, sizeof(GUID)))
        *out = &topology.iface;
    else if (topology.counts && !memcmp(iid, &IID_IPinCount, sizeof(GUID)))
        *out = &topology.counter;
    else {
        *out = NULL;
        return STATUS_INVALID_PARAMETER;
    }
    topology.references++;
    return STATUS_SUCCESS;
}

static inline ULONG NTAPI topology_addref(IMiniportTopology *This)
{
    return (ULONG)++topology.references;
}

static inline ULONG NTAPI topology_release(IMiniportTopology *This)
{
    return (ULONG)--topology.references;
}

static inline NTSTATUS NTAPI topology_describe(IMiniportTopology *This, PPCFILTER_DESCRIPTOR *out)
{
    *out = topology.description;
    return STATUS_SUCCESS;
}

// "Fixed" answers 64 bytes; else what the test says.
static inline NTSTATUS NTAPI topology_intersect(IMiniportTopology *This, ULONG pin,
                                                PKSDATARANGE client, PKSDATARANGE mine,
                                                ULONG bytes, PVOID result, PULONG length)
{
    if (topology.intersection != STATUS_SUCCESS)
        return topology.intersection;
    *length = sizeof(KSDATAFORMAT);
    if (!bytes)
        return STATUS_BUFFER_OVERFLOW;
    if (bytes < sizeof(KSDATAFORMAT))
        return STATUS_BUFFER_TOO_SMALL;
    *(PKSDATAFORMAT)result = *mine;
    return STATUS_SUCCESS;
}

static inline NTSTATUS NTAPI topology_init(IMiniportTopology *This, PUNKNOWN unknown,
                                           PRESOURCELIST resources, PPORTTOPOLOGY port)
{
    topology.inits++;
    topology.adapter = unknown;
    topology.resources = resources;
    topology.port = port;
    return topology.init;
}

static const IMiniportTopologyVtbl topology_vtbl = {
    topology_query,    topology_addref,    topology_release,
    topology_describe, topology_intersect, topology_init,
};

static inline NTSTATUS NTAPI counter_query(IPinCount *This, REFIID iid, PVOID *out)
{
    return topology_query(&topology.iface, iid, out);
}

static inline ULONG NTAPI counter_addref(IPinCount *This)
{
    return topology_addref(&topology.iface);
}

static inline ULONG NTAPI counter_release(IPinCount *This)
{
    return topology_release(&topology.iface);
}

static inline void NTAPI counter_count(IPinCount *This, ULONG pin, PULONG necessary, PULONG current,
                                       PULONG possible, PULONG global_current,
                                       PULONG global_possible)
{
    topology.counted++;
    *necessary += 10;
    *current += 20;
    *possible += 30;
    *global_current += 40;
    *global_possible += 50;
}

static const IPinCountVtbl counter_vtbl = {counter_query, counter_addref, counter_release,
                                           counter_count};

static inline void topology_reset(PPCFILTER_DESCRIPTOR description)
{
    topology = (struct topology){
        .iface = {&topology_vtbl},
        .counter = {&counter_vtbl},
        .references = 1,
        .description = description,
        .intersection = STATUS_NOT_IMPLEMENTED,
    };
}

// A port with the miniport behind it, not yet registered; the caller has its only reference.
static inline PPORT topology_port(PDEVICE_OBJECT fdo, PRESOURCELIST resources)
{
    PPORT port;

    if (!NT_SUCCESS(PcNewPort(&port, &CLSID_PortTopology)))
        return NULL;
    if (NT_SUCCESS(COM_CALL(port, Init, fdo, NULL, (PUNKNOWN)&topology.iface, NULL, resources)))
        return port;
    COM_CALL(port, Release);
    return NULL;
}

// What most StartDevice routines come to: one registered topology filter called "Topo".
static inline NTSTATUS NTAPI start_topology(PDEVICE_OBJECT fdo, PIRP irp, PRESOURCELIST resources)
{
    PPORT port = topology_port(fdo, resources);
    NTSTATUS status;

    if (!port)
        return STATUS_INSUFFICIENT_RESOURCES;
    status = PcRegisterSubdevice(fdo, adapter_name, (PUNKNOWN)port);
    COM_CALL(port, Release);
    return status;
}

// ---- its client --------------------------------------------------------------------------------------

static inline NTSTATUS open_named(const WCHAR *name, size_t characters, PFILE_OBJECT *file)
{
    WCHAR path[32] = {'\\'};

    memcpy(path + 1, name, characters * sizeof(WCHAR));
    return kernel_open(adapter->system, adapter->pdo, NULL, path,
                       (characters + 1) * sizeof(WCHAR), file);
}

static inline NTSTATUS open_topology(PFILE_OBJECT *file)
{
    return open_named(adapter_name, 4, file);
}

static inline NTSTATUS control(PFILE_OBJECT file, ULONG code, void *input, size_t input_bytes,
                               void *output, size_t output_bytes, ULONG_PTR *information)
{
    return kernel_control_wait(adapter->system, file, code, input, (ULONG)input_bytes, output,
                               (ULONG)output_bytes, information);
}

static inline NTSTATUS property(PFILE_OBJECT file, void *input, size_t input_bytes, void *output,
                                size_t output_bytes, ULONG_PTR *information)
{
    return control(file, IOCTL_KS_PROPERTY, input, input_bytes, output, output_bytes, information);
}

#endif
