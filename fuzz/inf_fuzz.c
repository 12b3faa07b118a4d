// SPDX-License-Identifier: MIT
//
// INF files of any content: no byte of them may lead the reader astray, and what it hands over is whole. Every value
// is read to its last byte, so that a sanitizer sees what is not there.
#include <stdint.h>
#include <string.h>

#include "loader/inf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile unsigned seen;

static void touch(const void *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        seen += ((const unsigned char *)bytes)[i];
}

static int take(void *context, const struct inf_value *value)
{
    (void)context;
    touch(value->subkey, strlen(value->subkey));
    touch(value->name, strlen(value->name));
    if (value->root == INF_INTERFACE) {
        touch(value->class, strlen(value->class));
        touch(value->reference, strlen(value->reference));
    }
    if (!value->key_only)
        touch(value->data, value->bytes);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const ids[] = {"PCI\\VEN_8086&DEV_2415", NULL};
    const struct inf_sink sink = {NULL, take};
    char error[100];

    inf_read((const char *)data, size, ids, &sink, error, sizeof(error));
    touch(error, strlen(error));
    return 0;
}
