// SPDX-License-Identifier: MIT
//
// The system around the scripted miniport: boot, threads, findings, the client's calls. See the header.
#include "tests/wavepci_fixture.h"

#include "base/arena.h"
#include "tests/wavepci_miniport.h"

static char failure[512];
void (*mini_before_start)(void);

void fixture_failed(const char *file, int line, const char *what)
{
    const char *name = strrchr(file, '/');

    if (!failure[0])
        snprintf(failure, sizeof(failure), "%s:%d: %s", name ? name + 1 : file, line, what);
}

void fixture_check_equal(const char *file, int line, const char *what, uint64_t a, uint64_t b)
{
    char text[256];

    if (a == b)
        return;
    snprintf(text, sizeof(text), "%s is 0x%llx, not 0x%llx", what, (unsigned long long)a,
             (unsigned long long)b);
    fixture_failed(file, line, text);
}

// ---- findings ------------------------------------------------------------------------------------------

size_t fixture_findings(const struct fixture *f)
{
    return journal_count(f->system->journal);
}

unsigned fixture_found(const struct fixture *f, const char *rule)
{
    unsigned found = 0;

    for (size_t i = 0; i < journal_count(f->system->journal); i++)
        if (!strcmp(journal_get(f->system->journal, i)->rule, rule))
            found += 1 + journal_get(f->system->journal, i)->repeats;
    return found;
}

void fixture_forgive(struct fixture *f)
{
    journal_clear(f->system->journal);
}

static void report_findings(struct fixture *f)
{
    for (size_t i = 0; i < journal_count(f->system->journal); i++) {
        const struct finding *finding = journal_get(f->system->journal, i);
        char text[480];

        snprintf(text, sizeof(text), "finding %s: %s", finding->rule, finding->text);
        fixture_failed("fixture", 0, text);
    }
}

// ---- running -------------------------------------------------------------------------------------------

struct run {
    struct fixture *f;
    void (*scenario)(struct fixture *f);
    volatile bool done;
};

static void run_entry(void *argument)
{
    struct run *run = argument;

    run->scenario(run->f);
    run->done = true;
    sched_stop(run->f->system->sched);
}

static void drive(struct fixture *f, void (*scenario)(struct fixture *f))
{
    struct run run = {.f = f, .scenario = scenario};
    struct fault_plan *plan = f->system->fault;
    enum sched_end end = SCHED_STOPPED;

    f->system->fault = NULL;
    system_current = f->system;
    assert_non_null(kernel_thread(f->system, "client", run_entry, &run));
    f->system->fault = plan;
    while (!run.done && end == SCHED_STOPPED)
        end = sched_run(f->system->sched, SCHED_NEVER);
    if (!run.done) {
        char text[400];

        sched_describe_waits(f->system->sched, text, sizeof(text));
        report_findings(f);
        fixture_failed("fixture", end, text);
    }
}

static void judge(void)
{
    char text[sizeof(failure)];

    if (!failure[0])
        return;
    memcpy(text, failure, sizeof(text));
    failure[0] = 0;
    fail_msg("%s", text);
}

void fixture_run(struct fixture *f, void (*scenario)(struct fixture *f))
{
    drive(f, scenario);
    judge();
}

static void thread_entry(void *argument)
{
    struct fixture_thread *thread = argument;

    thread->entry(thread->context);
    thread->done = true;
}

void fixture_thread(struct fixture *f, struct fixture_thread *thread)
{
    thread->done = false;
    CHECK(kernel_thread(f->system, "second", thread_entry, thread) != NULL);
}

void fixture_sleep(unsigned microseconds)
{
    LARGE_INTEGER interval = {.QuadPart = -10LL * microseconds};

    KeDelayExecutionThread(KernelMode, FALSE, &interval);
}

void fixture_join(struct fixture_thread *thread)
{
    while (!thread->done)
        fixture_sleep(1000);
}

// ---- boot and end --------------------------------------------------------------------------------------

static int device_attach(struct ps_device *device, void *state)
{
    (void)device, (void)state;
    return 0;
}

static uint32_t device_read(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                            unsigned width)
{
    (void)device, (void)state, (void)bar, (void)offset, (void)width;
    return 0;
}

static void device_write(struct ps_device *device, void *state, unsigned bar, uint32_t offset,
                         unsigned width, uint32_t value)
{
    (void)device, (void)state, (void)bar, (void)offset, (void)width, (void)value;
}

static void device_tick(struct ps_device *device, void *state)
{
    (void)device, (void)state;
}

static const struct ps_device_ops plain_device = {
    .version = PS_DEVICE_VERSION,
    .name = "plain",
    .description = "a device that does nothing",
    .pci = {.vendor = 0x1234,
            .device = 0x5678,
            .class_code = 0x040100,
            .interrupt_pin = 1,
            .command_writable = 7,
            .bars = {{PS_BAR_IO, 256}}},
    .state_size = 16,
    .attach = device_attach,
    .read = device_read,
    .write = device_write,
    .wake = device_tick,
    .sync = device_tick,
};

static void start(struct fixture *f)
{
    f->started = kernel_load_driver(f->system, "scripted", mini_driver_entry, &f->driver);
    if (NT_SUCCESS(f->started))
        f->started = kernel_start_device(f->system, f->driver, machine_device(f->system->machine, 0),
                                         &f->pdo);
    if (NT_SUCCESS(f->started)) {
        static const WCHAR name[] = {'\\', 'W', 'a', 'v', 'e'};

        f->started = kernel_open(f->system, f->pdo, NULL, name, sizeof(name), &f->filter);
    }
}

void fixture_open(struct fixture *f, const struct fixture_options *options)
{
    static const struct fixture_options plain;
    struct sched_options sched = {0};
    struct machine_options machine = {0};
    struct ps_device *device;

    if (!options)
        options = &plain;
    memset(f, 0, sizeof(*f));
    memset(&mini, 0, sizeof(mini));
    failure[0] = 0;
    if (mini_before_start)
        mini_before_start();
    mini_before_start = NULL;
    f->system = system_create(options->seed + 1);
    assert_non_null(f->system);
    system_current = f->system;
    f->chooser = options->chooser ? options->chooser : chooser_round_robin();
    f->keep_chooser = options->keep_chooser;
    sched.processors = options->processors ? options->processors : 2;
    sched.chooser = f->chooser;
    machine.layout = options->layout;
    machine.map_budget = options->map_budget;
    assert_int_equal(sched_create(f->system, &sched), 0);
    assert_int_equal(machine_create(f->system, &machine), 0);
    assert_int_equal(machine_attach(f->system, options->device ? options->device : &plain_device,
                                    &device), 0);
    assert_int_equal(kernel_create(f->system), 0);
    assert_non_null(port_class_of(f->system));
    kernel_get_counts(f->system, &f->before);
    f->faults.fail_at = options->fail_at;
    f->faults.for_good = options->fail_for_good;
    f->system->fault = &f->faults;
    drive(f, start);
    if (!options->start_fails)
        CHECK_EQUAL(f->started, STATUS_SUCCESS);
    judge();
}

static void end(struct fixture *f)
{
    f->system->fault = NULL;
    if (f->filter)
        kernel_close(f->system, f->filter);
    if (f->pdo)
        CHECK_EQUAL(kernel_remove_device(f->system, f->pdo, false), STATUS_SUCCESS);
    if (f->driver)
        CHECK_EQUAL(kernel_unload_driver(f->system, f->driver), STATUS_SUCCESS);
}

static void check_counts(struct fixture *f)
{
    struct kernel_counts now;

    kernel_get_counts(f->system, &now);
    CHECK_EQUAL(now.pool_blocks, f->before.pool_blocks);
    CHECK_EQUAL(now.mdls, f->before.mdls);
    CHECK_EQUAL(now.irps, f->before.irps);
    CHECK_EQUAL(now.files, f->before.files);
    CHECK_EQUAL(now.devices, f->before.devices);
    CHECK_EQUAL(now.timers, f->before.timers);
    CHECK_EQUAL(now.dpcs, f->before.dpcs);
    CHECK_EQUAL(now.pages, f->before.pages);
    CHECK_EQUAL(now.views, f->before.views);
    CHECK_EQUAL(now.grants, f->before.grants);
    CHECK_EQUAL(now.interfaces, f->before.interfaces);
    CHECK_EQUAL(now.descriptors, f->before.descriptors);
    CHECK_EQUAL(mini.miniports, 0);
    CHECK_EQUAL(mini.stream_objects, 0);
}

void fixture_abandon(struct fixture *f)
{
    system_current = f->system;
    kernel_destroy(f->system);
    machine_destroy(f->system);
    sched_destroy(f->system);
    if (!f->keep_chooser)
        chooser_destroy(f->chooser);
    system_destroy(f->system);
    f->system = NULL;
}

void fixture_close(struct fixture *f)
{
    drive(f, end);
    report_findings(f);
    check_counts(f);
    fixture_abandon(f);
    judge();
}

// ---- the client ----------------------------------------------------------------------------------------

static const char pin_name[] = "{146F1A80-4791-11D0-A5D6-28DB04C10000}\\";

size_t client_connect(const struct pin_request *request, unsigned char *out)
{
    KSPIN_CONNECT connect;
    KSDATAFORMAT_WAVEFORMATEX wave;
    USHORT channels = request->channels ? request->channels : 2;
    USHORT bits = request->bits ? request->bits : 16;

    memset(&connect, 0, sizeof(connect));
    memset(&wave, 0, sizeof(wave));
    connect.Interface.Set = KSINTERFACESETID_Standard;
    connect.Interface.Id = request->looped ? KSINTERFACE_STANDARD_LOOPED_STREAMING
                                           : KSINTERFACE_STANDARD_STREAMING;
    connect.Medium.Set = KSMEDIUMSETID_Standard;
    connect.PinId = request->pin;
    wave.DataFormat.FormatSize = sizeof(wave);
    wave.DataFormat.MajorFormat = KSDATAFORMAT_TYPE_AUDIO;
    wave.DataFormat.SubFormat = KSDATAFORMAT_SUBTYPE_PCM;
    wave.DataFormat.Specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
    wave.WaveFormatEx.wFormatTag = WAVE_FORMAT_PCM;
    wave.WaveFormatEx.nChannels = channels;
    wave.WaveFormatEx.wBitsPerSample = bits;
    wave.WaveFormatEx.nSamplesPerSec = request->rate ? request->rate : 48000;
    wave.WaveFormatEx.nBlockAlign = (USHORT)(channels * bits / 8);
    wave.WaveFormatEx.nAvgBytesPerSec =
        wave.WaveFormatEx.nSamplesPerSec * wave.WaveFormatEx.nBlockAlign;
    wave.DataFormat.SampleSize = wave.WaveFormatEx.nBlockAlign;
    memcpy(out, &connect, sizeof(connect));
    memcpy(out + sizeof(connect), &wave, sizeof(wave));
    return sizeof(connect) + sizeof(wave);
}

NTSTATUS client_open_raw(struct fixture *f, const void *connect, size_t bytes, PFILE_OBJECT *pin)
{
    WCHAR name[512];
    size_t length = sizeof(pin_name) - 1;

    for (size_t i = 0; i < length; i++)
        name[i] = (WCHAR)pin_name[i];
    memcpy(name + length, connect, bytes);
    return kernel_open(f->system, f->pdo, f->filter, name, length * sizeof(WCHAR) + bytes, pin);
}

NTSTATUS client_open(struct fixture *f, const struct pin_request *request, PFILE_OBJECT *pin)
{
    unsigned char connect[512];

    return client_open_raw(f, connect, client_connect(request, connect), pin);
}

PFILE_OBJECT client_pin(struct fixture *f, ULONG pin, bool looped)
{
    struct pin_request request = {.pin = pin, .looped = looped};
    PFILE_OBJECT file = NULL;

    CHECK_EQUAL(client_open(f, &request, &file), STATUS_SUCCESS);
    return file;
}

void client_close(struct fixture *f, PFILE_OBJECT pin)
{
    if (pin)
        kernel_close(f->system, pin);
}

NTSTATUS client_property(struct fixture *f, PFILE_OBJECT file, const GUID *set, ULONG id,
                         ULONG flags, void *value, ULONG bytes, ULONG_PTR *information)
{
    KSPROPERTY property;

    memset(&property, 0, sizeof(property));
    property.Set = *set;
    property.Id = id;
    property.Flags = flags;
    return kernel_control_wait(f->system, file, IOCTL_KS_PROPERTY, &property, sizeof(property),
                               value, bytes, information);
}

NTSTATUS client_state(struct fixture *f, PFILE_OBJECT pin, KSSTATE state)
{
    ULONG value = (ULONG)state;

    return client_property(f, pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                           KSPROPERTY_TYPE_SET, &value, sizeof(value), NULL);
}

KSSTATE client_get_state(struct fixture *f, PFILE_OBJECT pin)
{
    ULONG value = 99;

    CHECK_EQUAL(client_property(f, pin, &KSPROPSETID_Connection, KSPROPERTY_CONNECTION_STATE,
                                KSPROPERTY_TYPE_GET, &value, sizeof(value), NULL),
                STATUS_SUCCESS);
    return (KSSTATE)value;
}

KSAUDIO_POSITION client_position(struct fixture *f, PFILE_OBJECT pin)
{
    KSAUDIO_POSITION position = {~0ull, ~0ull};

    CHECK_EQUAL(client_property(f, pin, &KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION,
                                KSPROPERTY_TYPE_GET, &position, sizeof(position), NULL),
                STATUS_SUCCESS);
    return position;
}

void client_position_quietly(struct fixture *f, PFILE_OBJECT pin)
{
    KSAUDIO_POSITION position;

    client_property(f, pin, &KSPROPSETID_Audio, KSPROPERTY_AUDIO_POSITION, KSPROPERTY_TYPE_GET,
                    &position, sizeof(position), NULL);
}

// ---- packets -------------------------------------------------------------------------------------------

bool packet_make(struct fixture *f, struct packet *packet, ULONG count, ULONG bytes, ULONG offset)
{
    size_t each = ((size_t)offset + bytes + 4095) / 4096 * 4096;

    memset(packet, 0, sizeof(*packet));
    packet->page_bytes = each * count;
    packet->pages = kernel_user_allocate(f->system, packet->page_bytes, UINT32_MAX);
    if (!packet->pages)
        return false;
    for (size_t i = 0; i < packet->page_bytes; i++)
        packet->pages[i] = (unsigned char)(i * 7 + i / 256);
    packet->data = packet->pages + offset;
    packet->bytes = bytes;
    packet->count = count;
    for (ULONG i = 0; i < count; i++) {
        packet->headers[i].Size = sizeof(KSSTREAM_HEADER);
        packet->headers[i].PresentationTime.Numerator = 1;
        packet->headers[i].PresentationTime.Denominator = 1;
        packet->headers[i].FrameExtent = bytes;
        packet->headers[i].DataUsed = bytes;
        packet->headers[i].Data = packet->data + each * i;
    }
    return true;
}

void packet_free(struct fixture *f, struct packet *packet)
{
    if (packet->pages)
        kernel_user_free(f->system, packet->pages, packet->page_bytes);
    packet->pages = NULL;
}

NTSTATUS packet_send(struct fixture *f, PFILE_OBJECT pin, struct packet *packet, ULONG code)
{
    return kernel_control(f->system, pin, code, NULL, 0, packet->headers,
                          packet->count * sizeof(KSSTREAM_HEADER), &packet->request);
}

NTSTATUS packet_write(struct fixture *f, PFILE_OBJECT pin, struct packet *packet)
{
    return packet_send(f, pin, packet, IOCTL_KS_WRITE_STREAM);
}

NTSTATUS packet_read(struct fixture *f, PFILE_OBJECT pin, struct packet *packet)
{
    for (ULONG i = 0; i < packet->count; i++)
        packet->headers[i].DataUsed = 0;
    return packet_send(f, pin, packet, IOCTL_KS_READ_STREAM);
}
