// SPDX-License-Identifier: MIT
//
// Winsock Kernel's door (wsk.h): closed, since there is no network here. A driver that goes on without one runs.
#include "kernel/private.h"

#include <wsk.h>

NTSTATUS WSKAPI WskRegister(PWSK_CLIENT_NPI WskClientNpi, PWSK_REGISTRATION WskRegistration)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
    memset(WskRegistration, 0, sizeof(*WskRegistration));
    return STATUS_NOT_SUPPORTED;
}

VOID WSKAPI WskDeregister(PWSK_REGISTRATION WskRegistration)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, IRQL_PASSIVE, "VF-103", 0x2000A, __func__, CALLER);
}

NTSTATUS WSKAPI WskCaptureProviderNPI(PWSK_REGISTRATION WskRegistration, ULONG WaitTimeout,
                                      PWSK_PROVIDER_NPI WskProviderNpi)
{
    NT_SERVICE(COST_SERVICE);

    irql_at_most(system, WaitTimeout == WSK_NO_WAIT ? IRQL_DISPATCH : IRQL_PASSIVE, "VF-103", 0x2000A,
                 __func__, CALLER);
    memset(WskProviderNpi, 0, sizeof(*WskProviderNpi));
    return STATUS_DEVICE_NOT_READY;
}

VOID WSKAPI WskReleaseProviderNPI(PWSK_REGISTRATION WskRegistration)
{
    NT_SERVICE(COST_SERVICE);
}
