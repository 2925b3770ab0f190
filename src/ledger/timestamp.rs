use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::policy::Date;

const DAY: u64 = 86_400_000;

/// A moment in UTC, in milliseconds since 1970; written as RFC 3339, `2026-11-21T17:55:02.031Z`.
///
/// It comes from the clock of whoever wrote it. It is shown and filtered by; nothing that keeps an
/// environment safe is decided by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The moment so many milliseconds after 1970 began.
    pub fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970 began.
    pub fn millis(self) -> u64 {
        self.0
    }

    /// The day.
    pub fn date(self) -> Date {
        Date::from_days_since_1970(self.0 / DAY)
    }

    /// Milliseconds from `earlier` to this moment; none where the clock went back.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_day = self.0 % DAY;
        let (seconds, millis) = (of_day / 1_000, of_day % 1_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        let date = self.date();
        write!(out, "{date}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

impl FromStr for Timestamp {
    type Err = ();

    /// Reads `YYYY-MM-DDTHH:MM:SS[.fff]Z`, or a day alone, which is its beginning.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
        let days = date.parse::<Date>()?.days_since_1970();
        let time = time.strip_suffix('Z').ok_or(())?;
        let (clock, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let parts: Vec<&str> = clock.split(':').collect();
        let [hour, minute, second] = parts[..] else {
            return Err(());
        };
        let number = |digits: &str, below: u64| -> Result<u64, ()> {
            let plain = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            let value = digits.parse().map_err(drop)?;
            (plain && value < below).then_some(value).ok_or(())
        };
        let seconds = number(hour, 24)? * 3_600 + number(minute, 60)? * 60 + number(second, 60)?;
        if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(());
        }
        let millis: u64 = format!("{fraction:0<3}")[..3].parse().map_err(drop)?;
        Ok(Self(days * DAY + seconds * 1_000 + millis))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = |()| serde::de::Error::custom(format!("{text:?} is no time in UTC"));
        text.parse().map_err(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_and_read() {
        let text = "2026-11-21T17:55:02.031Z";
        let moment: Timestamp = text.parse().unwrap();
        assert_eq!(moment.to_string(), text);
        assert_eq!(moment.date().to_string(), "2026-11-21");
        assert_eq!("2026-11-21".parse::<Timestamp>().unwrap().millis() % DAY, 0);
        for bad in [
            "",
            "now",
            "2026-11-21T17:55Z",
            "2026-11-21T25:00:00Z",
            "2026-11-21T17:55:02",
        ] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_clock_that_goes_back_makes_no_time_pass() {
        let [early, late] = [Timestamp::from_millis(5), Timestamp::from_millis(9)];
        assert_eq!((late.since(early), early.since(late)), (4, 0));
    }
}
