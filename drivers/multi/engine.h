/* SPDX-License-Identifier: MIT */
/* One engine of the "multi" device (docs/multi.md). The caller serialises; any IRQL. */
#ifndef MULTI_ENGINE_H
#define MULTI_ENGINE_H

#include <portcls.h>

class CEngine
{
  public:
    enum { QUEUE = 32, REGISTER_BYTES = 0x40 };

    void Init(PUCHAR Registers)
    {
        m_Registers = Registers;
    }
    void Run() const
    {
        Write(CONTROL, CONTROL_RUN);
    }
    void Pause() const
    {
        Write(CONTROL, 0);
    }
    /* Forgets its blocks and stops. */
    void Reset() const
    {
        Write(CONTROL, CONTROL_RESET);
    }
    /* FALSE: it does not run at that rate. */
    BOOLEAN SetRate(ULONG Rate) const
    {
        Write(RATE, Rate);
        return Read(RATE) == Rate;
    }
    void Queue(ULONG Address, ULONG Bytes) const
    {
        Write(ADDRESS, Address);
        Write(LENGTH, Bytes);
    }
    /* Blocks played since the last reset, and bytes of the one after them: read until they belong together. */
    ULONG Progress(PULONG Played) const
    {
        ULONG done;

        do {
            done = Read(DONE);
            *Played = Read(PLAYED);
        } while (done != Read(DONE));
        return done;
    }

  private:
    enum REGISTER {
        CONTROL = 0x00,
        RATE = 0x04,
        ADDRESS = 0x08,
        LENGTH = 0x0C,
        DONE = 0x14,
        PLAYED = 0x18,
    };
    enum { CONTROL_RUN = 1, CONTROL_RESET = 2 };

    ULONG Read(REGISTER Register) const
    {
        return READ_REGISTER_ULONG(reinterpret_cast<volatile ULONG *>(m_Registers + Register));
    }
    void Write(REGISTER Register, ULONG Value) const
    {
        WRITE_REGISTER_ULONG(reinterpret_cast<volatile ULONG *>(m_Registers + Register), Value);
    }

    PUCHAR m_Registers = NULL;
};

#endif
