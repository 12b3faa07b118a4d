// SPDX-License-Identifier: MIT
//
// Loading, starting and unloading drivers; see <portside/driver.h>. Driver code runs on system threads only.
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "host/defaults.h"
#include "host/host.h"
#include "port/port.h"

struct load {
    struct ps_driver *driver;
    const char *path;
    struct image_error error;
};

static int load_image(void *context)
{
    struct load *load = context;
    struct ps_driver *driver = load->driver;

    return image_load(driver->system, load->path, &driver->image, &load->error);
}

// ---- defaults of the INF file ----------------------------------------------------------------------------

static int read_inf(struct ps_driver *driver, const char *image)
{
    int result;

    if (defaults_find(image, driver->inf_path, sizeof(driver->inf_path)))
        return 0;
    result = host_read_file(driver->inf_path, INF_FILE_BYTES, &driver->inf, &driver->inf_bytes);
    return result ? host_error(result, "%s: cannot be read: %s", driver->inf_path, strerror(-result)) : 0;
}

// Of device `index`; -1: of the service and the machine.
static int apply_inf(struct ps_driver *driver, int index)
{
    unsigned at = index >= 0 ? (unsigned)index : 0; // what is the service's is found by the first device's model
    struct ps_device *device = at < machine_device_count(driver->system->machine)
                                   ? machine_device(driver->system->machine, at)
                                   : NULL;
    const char *ids[] = {NULL, NULL};
    char id[40], error[200], service[64];
    int result;

    if (!driver->inf)
        return 0;
    if (device) {
        snprintf(id, sizeof(id), "PCI\\VEN_%04X&DEV_%04X", pci_config_read(device, 0, 2),
                 pci_config_read(device, 2, 2));
        ids[0] = id;
    }
    snprintf(service, sizeof(service), "%.*s", (int)strcspn(image_name(driver->image), "."),
             image_name(driver->image));
    result = defaults_apply(driver->system, service, index, ids, driver->inf,
                            driver->inf_bytes, error, sizeof(error));
    if (result == -EBADMSG)
        return host_error(result, "%s:%s", driver->inf_path, error);
    return result ? host_error(result, "%s: its values cannot be stored: %s", driver->inf_path,
                               strerror(-result))
                  : 0;
}

static int run_entry(void *context)
{
    struct ps_driver *driver = context;
    NTSTATUS status =
        kernel_load_driver(driver->system, image_name(driver->image),
                           (PDRIVER_INITIALIZE)image_entry(driver->image), &driver->object);

    driver->refusal = NT_SUCCESS(status) ? STATUS_SUCCESS : status;
    return NT_SUCCESS(status) ? 0 : -EIO;
}

// What the driver refused with; why, only on the host's own stack.
static int refused(struct ps_driver *driver, const char *what)
{
    char why[900];

    if (sched_on_fiber(driver->system->sched))
        snprintf(why, sizeof(why), "%s", status_name(driver->refusal));
    else
        host_explain_failure(driver->system, driver->refusal, why, sizeof(why));
    driver->refusal = STATUS_SUCCESS;
    return host_error(-EIO, "%s: %s%s", image_name(driver->image), what, why);
}

// ---- what a snapshot keeps of a driver -----------------------------------------------------------------

struct kept {
    PDRIVER_OBJECT object;
    PDEVICE_OBJECT pdo;
};

static size_t measure(void *context)
{
    (void)context;
    return sizeof(struct kept);
}

static void save(void *context, void *to)
{
    const struct ps_driver *driver = context;

    *(struct kept *)to = (struct kept){driver->object, driver->pdo};
}

static void restore(void *context, const void *from)
{
    struct ps_driver *driver = context;

    driver->object = ((const struct kept *)from)->object;
    driver->pdo = ((const struct kept *)from)->pdo;
}

static int keep(struct ps_driver *driver)
{
    const struct arena_source source = {driver, measure, save, NULL, restore};

    return arena_add_source(driver->system->arena, &source);
}

void driver_forget(struct ps_driver *driver)
{
    struct ps_driver **at = &driver->system->host->drivers;

    if (driver->image)
        host_note_places(driver->system, driver->image);
    while (*at && *at != driver)
        at = &(*at)->next;
    if (*at)
        *at = driver->next;
    arena_remove_source(driver->system->arena, driver);
    image_unload(driver->image, !driver->system->halted);
    free(driver->inf);
    free(driver);
}

int ps_driver_check(const char *path)
{
    struct image_error error = {{0}};
    int result = image_check(path, &error);

    return result ? host_error(result, "%s", error.text) : 0;
}

int ps_driver_load(struct ps_system *system, const char *name, struct ps_driver **out)
{
    struct load load = {0};
    char path[PATH_MAX];
    int result = host_enter(system);

    *out = NULL;
    if (result)
        return result;
    if (image_find(name, path, sizeof(path)))
        return host_error(-ENOENT, "%s: no such driver%s", name,
                          strchr(name, '/') ? "" : " is built in; give a path with a slash");
    load.driver = calloc(1, sizeof(*load.driver));
    if (!load.driver)
        return host_error(-ENOMEM, "out of memory");
    load.driver->system = system;
    load.driver->next = system->host->drivers;
    system->host->drivers = load.driver;
    load.path = path;
    if (keep(load.driver)) {
        driver_forget(load.driver);
        return host_error(-ENOMEM, "out of memory");
    }
    result = read_inf(load.driver, path);
    if (!result)
        result = host_call(system, "loader", load_image, &load);
    if (result && load.error.text[0])
        host_error(result, "%s", load.error.text);
    if (!result)
        result = apply_inf(load.driver, -1);
    if (!result)
        result = host_call(system, "DriverEntry", run_entry, load.driver);
    if (load.driver->refusal)
        result = refused(load.driver, "");
    if (!result)
        *out = load.driver;
    else if (!system->halted) // a halted system keeps its image for the findings
        driver_forget(load.driver);
    return result;
}

struct start {
    struct ps_driver *driver;
    struct ps_device *device;
    int index;
};

static int run_start(void *context)
{
    struct start *start = context;
    struct ps_driver *driver = start->driver;
    NTSTATUS status;
    int result = apply_inf(driver, start->index);

    if (result)
        return result;
    status = kernel_start_device(driver->system, driver->object, start->device, &driver->pdo);
    if (NT_SUCCESS(status))
        return 0;
    driver->pdo = NULL;
    driver->refusal = status;
    return -EIO;
}

int ps_driver_start(struct ps_driver *driver, int index)
{
    struct start start = {driver, NULL, index};
    int result = host_enter(driver->system);

    if (result)
        return result;
    if (driver->pdo)
        return host_error(-EBUSY, "%s: already has a device", image_name(driver->image));
    if (index >= 0)
        start.device = machine_device(driver->system->machine, (unsigned)index);
    if (!start.device)
        return host_error(-ENODEV, "no device has index %d", index);
    result = host_call(driver->system, "PnP", run_start, &start);
    return driver->refusal ? refused(driver, "the device did not start: ") : result;
}

NTSTATUS driver_remove(struct ps_driver *driver, bool surprise)
{
    NTSTATUS status = STATUS_SUCCESS;

    if (driver->pdo)
        status = kernel_remove_device(driver->system, driver->pdo, surprise);
    if (NT_SUCCESS(status))
        driver->pdo = NULL;
    return status;
}

NTSTATUS driver_finish(struct ps_driver *driver)
{
    PDRIVER_OBJECT object = driver->object;

    driver->object = NULL;
    return object ? kernel_unload_driver(driver->system, object) : STATUS_SUCCESS;
}

struct unload {
    struct ps_driver *driver;
    bool surprise;
};

static int run_unload(void *context)
{
    struct unload *unload = context;
    struct ps_driver *driver = unload->driver;
    NTSTATUS status = driver_remove(driver, unload->surprise);

    if (!NT_SUCCESS(status))
        return host_error(-EBUSY, "%s: its device is in use (%s); close its streams, then unload it",
                          image_name(driver->image), status_name(status));
    status = driver_finish(driver);
    if (!NT_SUCCESS(status))
        return host_error(status_to_errno(status), "%s: it could not be unloaded: %s",
                          image_name(driver->image), status_name(status));
    return 0;
}

int ps_driver_unload(struct ps_driver *driver, bool surprise)
{
    struct unload unload = {driver, surprise};
    int result;

    if (!driver)
        return 0;
    result = host_enter(driver->system);
    if (!result)
        result = host_call(driver->system, "PnP", run_unload, &unload);
    if (!driver->system->halted && result != -EBUSY)
        driver_forget(driver);
    return result;
}

// The FDO's record of a started driver, or NULL.
static struct port_device *port_of(const struct ps_driver *driver)
{
    return driver->pdo && driver->pdo->AttachedDevice
               ? port_device_from(driver->pdo->AttachedDevice)
               : NULL;
}

const char *ps_driver_filter(struct ps_driver *driver, unsigned index)
{
    static _Thread_local char name[128];
    struct port_device *device = port_of(driver);

    if (!device)
        return NULL;
    LIST_EACH(link, &device->ks.filters) {
        const WCHAR *text = LIST_OBJECT(link, struct ks_filter, link)->name;
        size_t i = 0;

        if (index--)
            continue;
        for (; text[i] && i < sizeof(name) - 1; i++)
            name[i] = text[i] < 128 ? (char)text[i] : '?';
        name[i] = 0;
        return name;
    }
    return NULL;
}
