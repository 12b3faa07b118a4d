/* SPDX-License-Identifier: MIT */
/*
 * COM interfaces for C and C++ out of one list of methods.
 *
 * WDK_METHODS_IFoo(M, R, T) names the methods of IFoo that its parents do not have, in vtable order:
 *
 *     #define WDK_METHODS_IFoo(M, R, T) M(T, NTSTATUS, Init, PIRP Irp, ULONG Id) M(T, VOID, Service)
 *
 * From it come, in C++, `struct IFoo : IParent` with pure virtual functions, and in C, `struct IFoo` with
 * `lpVtbl` and `struct IFooVtbl` with every slot, first the parents'. Both have Windows' vtable, and all
 * methods are NTAPI. In C `COM_CALL(foo, Init, irp, 1)` calls a method.
 *
 * Methods that return a structure (a PHYSICAL_ADDRESS) are R(T, Name, ...) in the list. Microsoft's
 * compilers pass a pointer to the result as first argument after `this`, and return it; gcc and clang here
 * would pass it before `this`. So the slot is declared as what Microsoft's compilers make of it, a function
 * with that pointer, and C++ gets an ordinary inline function of the documented form beside it. `portside cc` compiles
 * for Microsoft's target, where the documented form alone will do.
 */
#ifndef PORTSIDE_WDK_COM_H
#define PORTSIDE_WDK_COM_H

#include "../ntdef.h"

#define STDMETHODCALLTYPE NTAPI
#define STDMETHODVCALLTYPE NTAPI
#define STDAPICALLTYPE NTAPI
#define STDAPI EXTERN_C HRESULT NTAPI
#define STDAPI_(type) EXTERN_C type NTAPI
#define STDMETHODIMP HRESULT NTAPI
#define STDMETHODIMP_(type) type NTAPI

/* What drivers declare interfaces of their own with. */
#ifdef _WIN32
#define DECLSPEC_NOVTABLE __declspec(novtable)
#define DECLSPEC_UUID(text) __declspec(uuid(text))
#else
#define DECLSPEC_NOVTABLE
#define DECLSPEC_UUID(text)
#endif
#ifdef __cplusplus
#define interface struct
#define STDMETHOD(name) virtual HRESULT NTAPI name
#define STDMETHOD_(type, name) virtual type NTAPI name
#define PURE = 0
#define THIS_
#define THIS void
#define DECLARE_INTERFACE(iface) struct DECLSPEC_NOVTABLE iface
#define DECLARE_INTERFACE_(iface, parent) struct DECLSPEC_NOVTABLE iface : public parent
#else
#define STDMETHOD(name) HRESULT(NTAPI *name)
#define STDMETHOD_(type, name) type(NTAPI *name)
#define PURE
#define THIS_ INTERFACE *This,
#define THIS INTERFACE *This
#define DECLARE_INTERFACE(iface)                                                                       \
    typedef struct iface {                                                                             \
        const struct iface##Vtbl *lpVtbl;                                                              \
    } iface;                                                                                           \
    typedef struct iface##Vtbl iface##Vtbl;                                                            \
    struct iface##Vtbl
#define DECLARE_INTERFACE_(iface, parent) DECLARE_INTERFACE(iface)
#endif
#define BEGIN_INTERFACE
#define END_INTERFACE
#define DEFINE_ABSTRACT_UNKNOWN()                                                                      \
    STDMETHOD_(NTSTATUS, QueryInterface)(THIS_ REFIID InterfaceId, PVOID * Interface) PURE;            \
    STDMETHOD_(ULONG, AddRef)(THIS) PURE;                                                              \
    STDMETHOD_(ULONG, Release)(THIS) PURE;

/* ", a, b" and "a, b" of "(a, b)"; nothing of "()". */
#define WDK_PLAIN(...) __VA_ARGS__
#define WDK_AND(...) __VA_OPT__(, ) __VA_ARGS__

#define WDK_METHODS_IUnknown(M, R, T)                                                                  \
    M(T, NTSTATUS, QueryInterface, REFIID InterfaceId, PVOID *Interface)                               \
    M(T, ULONG, AddRef)                                                                                \
    M(T, ULONG, Release)

#ifdef __cplusplus

#define WDK_VIRTUAL(T, type, name, ...) virtual type NTAPI name(__VA_ARGS__) = 0;
/* The parameters of R are (type Name, ...) pairs in a list, and the names again. */
#ifdef PORTSIDE_CC /* a compiler that passes results as Microsoft's does: classes may implement the slot by hand */
#define WDK_VIRTUAL_RESULT(T, type, name, parameters, names) virtual type NTAPI name parameters = 0;
#else
#define WDK_VIRTUAL_RESULT(T, type, name, parameters, names)                                           \
    virtual type *NTAPI name(type *Result WDK_AND parameters) = 0;                                     \
    type name(WDK_PLAIN parameters)                                                                    \
    {                                                                                                  \
        type result;                                                                                   \
        name(&result WDK_AND names);                                                                   \
        return result;                                                                                 \
    }
#endif
#define WDK_IMPLEMENT(T, type, name, ...) type NTAPI name(__VA_ARGS__);
#ifdef PORTSIDE_CC
#define WDK_IMPLEMENT_RESULT(T, type, name, parameters, names) type NTAPI name parameters;
#else
#define WDK_IMPLEMENT_RESULT(T, type, name, parameters, names)                                         \
    type *NTAPI name(type *Result WDK_AND parameters)                                                  \
    {                                                                                                  \
        *Result = name(WDK_PLAIN names);                                                               \
        return Result;                                                                                 \
    }                                                                                                  \
    type NTAPI name(WDK_PLAIN parameters);
#endif

#define WDK_INTERFACE(iface, parent, slots)                                                            \
    struct iface : public parent {                                                                     \
        WDK_METHODS_##iface(WDK_VIRTUAL, WDK_VIRTUAL_RESULT, iface)                                    \
    };
#define WDK_IMP(iface) WDK_METHODS_##iface(WDK_IMPLEMENT, WDK_IMPLEMENT_RESULT, iface)

#else

#define WDK_SLOT(T, type, name, ...) type(NTAPI *name)(T *This __VA_OPT__(, ) __VA_ARGS__);
#define WDK_SLOT_RESULT(T, type, name, parameters, names)                                              \
    type *(NTAPI *name)(T *This, type *Result WDK_AND parameters);
#define WDK_SLOTS(iface, T) WDK_METHODS_##iface(WDK_SLOT, WDK_SLOT_RESULT, T)

#define WDK_INTERFACE(iface, parent, slots)                                                            \
    typedef struct iface iface;                                                                        \
    typedef struct iface##Vtbl iface##Vtbl;                                                            \
    struct iface {                                                                                     \
        const iface##Vtbl *lpVtbl;                                                                     \
    };                                                                                                 \
    struct iface##Vtbl {                                                                               \
        slots(iface) WDK_SLOTS(iface, iface)                                                           \
    };

/* Method of `iface` that returns a `type`, for C: iface_method(object, ...). */
#define WDK_CALL_RESULT(iface, type, method, parameters, names)                                        \
    WDK_INLINE type iface##_##method(iface *This WDK_AND parameters)                                   \
    {                                                                                                  \
        type result;                                                                                   \
        This->lpVtbl->method(This, &result WDK_AND names);                                             \
        return result;                                                                                 \
    }

#define COM_CALL(object, method, ...) ((object)->lpVtbl->method((object) __VA_OPT__(, ) __VA_ARGS__))

#endif

/* Slots of the parents, for C. */
#define WDK_NO_PARENT(T)
#define WDK_UNKNOWN_SLOTS(T) WDK_SLOTS(IUnknown, T)

#ifdef __cplusplus
struct IUnknown {
    WDK_METHODS_IUnknown(WDK_VIRTUAL, WDK_VIRTUAL_RESULT, IUnknown)
};
#else
WDK_INTERFACE(IUnknown, , WDK_NO_PARENT)
#define IUnknown_QueryInterface(This, iid, out) COM_CALL(This, QueryInterface, iid, out)
#define IUnknown_AddRef(This) COM_CALL(This, AddRef)
#define IUnknown_Release(This) COM_CALL(This, Release)
#endif
typedef IUnknown *PUNKNOWN, *LPUNKNOWN;

DEFINE_GUID(IID_IUnknown, 0x00000000, 0x0000, 0x0000, 0xC0, 0, 0, 0, 0, 0, 0, 0x46);

#endif
