/* SPDX-License-Identifier: MIT */
/*
 * The port class: descriptors of filters, the interfaces between ports and miniports, and the functions
 * adapters call. Methods are in vtable order; levels and meaning are in docs/spec/wavepci.md,
 * wavecyclic.md, wavert.md, topology.md and adapter.md.
 */
#ifndef PORTSIDE_WDK_PORTCLS_H
#define PORTSIDE_WDK_PORTCLS_H

#include "ksmedia.h"
#include "punknown.h"
#include "drmk.h"

#include "detail/pcdesc.h"
#include "detail/pcobjects.h"
#include "detail/pcports.h"
#include "detail/pcextras.h"
#include "detail/pcmidi.h"
#include "detail/pcengine.h"
#include "detail/pcfunc.h"

#endif
