// SPDX-License-Identifier: MIT
//
// The registry values that an INF file gives a driver: its AddReg sections, found the way that setup finds them, from
// the models over the install section to .HW, .Interfaces and .Services. Nothing else of the file is looked at. The
// file may be anything: what is no INF is refused with the line's number.
#ifndef PORTSIDE_LOADER_INF_H
#define PORTSIDE_LOADER_INF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { INF_FILE_BYTES = 4 << 20 };

// What HKR of an AddReg section stands for.
enum inf_root {
    INF_DRIVER,    // the device's driver key
    INF_DEVICE,    // its hardware key
    INF_SERVICE,   // the driver's service key
    INF_INTERFACE, // the key of a device interface
    INF_MACHINE,   // HKLM
    INF_USERS,     // HKU
    INF_USER,      // HKCU
    INF_CLASSES,   // HKCR
};

// Texts are UTF-8 and live as long as the call.
struct inf_value {
    enum inf_root root;
    const char *class, *reference; // INF_INTERFACE: "{guid}" and reference string
    const char *subkey;            // "": the root itself
    const char *name;              // "": the default value
    bool key_only;                 // there is a key and no value
    uint32_t type;                 // REG_SZ ...; strings in `data` are UTF-16LE, terminated
    const void *data;
    size_t bytes;
};

struct inf_sink {
    void *context;
    int (*take)(void *context, const struct inf_value *value); // 0, or a negative errno that ends the reading
};

// `ids`: the device's hardware ids, NULL-ended; the first model that has one of them is installed, else the first.
// 0; -EBADMSG after a line in `error` ("12: unterminated string"); -ENOMEM; what the sink said.
int inf_read(const char *bytes, size_t size, const char *const *ids, const struct inf_sink *sink,
             char *error, size_t error_size);

#endif
