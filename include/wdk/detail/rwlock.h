/* SPDX-License-Identifier: MIT */
/*
 * Reader/writer spin locks: IRQL <= DISPATCH_LEVEL, owned at DISPATCH_LEVEL; initialised with 0. docs/spec: SV-136.
 */
#ifndef PORTSIDE_WDK_RWLOCK_H
#define PORTSIDE_WDK_RWLOCK_H

#include "types.h"

typedef volatile LONG EX_SPIN_LOCK, *PEX_SPIN_LOCK;

WDK_API_BEGIN

KIRQL NTAPI ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock);
KIRQL NTAPI ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock);
VOID NTAPI ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql);
VOID NTAPI ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql);
VOID NTAPI ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock);
VOID NTAPI ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock);
VOID NTAPI ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK SpinLock);
VOID NTAPI ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK SpinLock);
/* TRUE: the only reader is the writer now. */
LOGICAL NTAPI ExTryConvertSharedSpinLockExclusive(PEX_SPIN_LOCK SpinLock);

WDK_API_END

#endif
