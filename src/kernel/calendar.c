// SPDX-License-Identifier: MIT
//
// System time as a date and back: 100 ns units since 1601-01-01, proleptic Gregorian. Any IRQL.
#include "kernel/private.h"

#define UNITS_PER_MS 10000
#define MS_PER_DAY 86400000
#define DAYS_PER_400_YEARS 146097

// Days from 1600-03-01, where a 400-year cycle that ends in its leap day begins.
enum { DAYS_BEFORE_1601 = 306 };

// Years begin in March, so that the leap day is their last.
static int month_start(int month_from_march)
{
    return (153 * month_from_march + 2) / 5;
}

static LONGLONG days_of(int year, int month, int day)
{
    int from_march = (month + 9) % 12, years = year - 1600 - (month <= 2);

    return (LONGLONG)years * 365 + years / 4 - years / 100 + years / 400 + month_start(from_march) +
           day - 1 - DAYS_BEFORE_1601;
}

static void date_of(LONGLONG days, PTIME_FIELDS fields)
{
    LONGLONG since = days + DAYS_BEFORE_1601, cycle = since / DAYS_PER_400_YEARS;
    int rest = (int)(since % DAYS_PER_400_YEARS), month;
    int years = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
    int day = rest - (365 * years + years / 4 - years / 100);

    month = (5 * day + 2) / 153;
    fields->Day = (CSHORT)(day - month_start(month) + 1);
    fields->Month = (CSHORT)(month < 10 ? month + 3 : month - 9);
    fields->Year = (CSHORT)(1600 + cycle * 400 + years + (month >= 10));
}

VOID NTAPI RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields)
{
    LONGLONG ms = Time->QuadPart / UNITS_PER_MS, days = ms / MS_PER_DAY;
    int in_day = (int)(ms % MS_PER_DAY);

    date_of(days, TimeFields);
    TimeFields->Hour = (CSHORT)(in_day / 3600000);
    TimeFields->Minute = (CSHORT)(in_day / 60000 % 60);
    TimeFields->Second = (CSHORT)(in_day / 1000 % 60);
    TimeFields->Milliseconds = (CSHORT)(in_day % 1000);
    TimeFields->Weekday = (CSHORT)((days + 1) % 7); // 1601-01-01 was a Monday
}

static bool valid(const TIME_FIELDS *f)
{
    static const UCHAR lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = f->Year % 4 == 0 && (f->Year % 100 != 0 || f->Year % 400 == 0);

    return f->Year >= 1601 && f->Month >= 1 && f->Month <= 12 && f->Day >= 1 &&
           f->Day <= lengths[f->Month - 1] && (f->Month != 2 || f->Day < 29 || leap) &&
           f->Hour >= 0 && f->Hour < 24 && f->Minute >= 0 && f->Minute < 60 && f->Second >= 0 &&
           f->Second < 60 && f->Milliseconds >= 0 && f->Milliseconds < 1000;
}

BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time)
{
    const TIME_FIELDS *f = TimeFields;
    LONGLONG ms;

    if (!valid(f))
        return FALSE;
    ms = ((f->Hour * 60 + f->Minute) * 60 + f->Second) * 1000 + f->Milliseconds;
    Time->QuadPart = (days_of(f->Year, f->Month, f->Day) * MS_PER_DAY + ms) * UNITS_PER_MS;
    return TRUE;
}
