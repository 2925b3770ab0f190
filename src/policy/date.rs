use std::fmt;
use std::str::FromStr;

/// A day, as policies and incidents write it: `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day in UTC that lies `days` after 1 January 1970. Days outside the years 1970 to 9999
    /// are moved to the nearest one.
    pub fn from_days_since_1970(days: u64) -> Self {
        let mut rest = days;
        for year in 1970..=9999 {
            for month in 1..=12 {
                let length = u64::from(days_in_month(year, month));
                if rest < length {
                    let day = u8::try_from(rest + 1).unwrap_or(1);
                    return Self { year, month, day };
                }
                rest -= length;
            }
        }
        Self {
            year: 9999,
            month: 12,
            day: 31,
        }
    }

    /// How many days it lies after 1 January 1970; 0 for every day before.
    pub fn days_since_1970(self) -> u64 {
        let of_year = |year: u16| (1..=12).map(move |month| (year, month));
        let months = (1970..=self.year).flat_map(of_year);
        let before = months.take_while(|it| *it < (self.year, self.month));
        let days: u64 = before
            .map(|(year, month)| u64::from(days_in_month(year, month)))
            .sum();
        match self.year {
            ..1970 => 0,
            _ => days + u64::from(self.day) - 1,
        }
    }
}

impl FromStr for Date {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !shaped {
            return Err(());
        }
        let year = text[..4].parse().map_err(drop)?;
        let month = text[5..7].parse().map_err(drop)?;
        let day = text[8..].parse().map_err(drop)?;
        let real = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
        real.then_some(Self { year, month, day }).ok_or(())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn days_in_month(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_of_the_calendar_are_dates() {
        for good in ["2026-11-21", "2024-02-29", "2000-02-29"] {
            assert_eq!(good.parse::<Date>().unwrap().to_string(), good);
        }
        for bad in [
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-04-31",
            "2026-1-1",
            "21.11.2026",
            "",
            "２026-01-01",
            "+026-01-01",
        ] {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
    }

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(Date::from_days_since_1970(0).to_string(), "1970-01-01");
        let leap_day = Date::from_days_since_1970(19_782);
        assert_eq!(leap_day.to_string(), "2024-02-29");
        assert_eq!(leap_day.days_since_1970(), 19_782);
        assert_eq!(
            Date::from_days_since_1970(u64::MAX).to_string(),
            "9999-12-31"
        );
    }

    #[test]
    fn dates_are_ordered_as_days_are() {
        let [early, late]: [Date; 2] =
            ["2025-12-31", "2026-01-01"].map(|text| text.parse().unwrap());
        assert!(early < late);
    }
}
