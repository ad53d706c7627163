//! JSON text of plain things, written straight into the answer.

use std::fmt::Write as _;

use trueup_inventory::RecordId;
use uuid::Uuid;

/// Appends a JSON string.
pub fn string_into(text: &str, out: &mut String) {
    out.push('"');
    let mut start = 0;
    for (place, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..=0x1f => "",
            _ => continue,
        };
        out.push_str(&text[start..place]);
        if escape.is_empty() {
            let _ = write!(out, "\\u{byte:04x}");
        } else {
            out.push_str(escape);
        }
        start = place + 1;
    }
    out.push_str(&text[start..]);
    out.push('"');
}

/// Appends an id, without quotes.
pub fn id_into(id: RecordId, out: &mut String) {
    out.push_str(id.0.as_hyphenated().encode_lower(&mut Uuid::encode_buffer()));
}

/// Appends an instant as `"2026-11-23T07:02:48.331784Z"`; a whole second has no fraction.
pub fn instant_into(microseconds: i64, out: &mut String) {
    let (seconds, fraction) = (microseconds.div_euclid(1_000_000), microseconds.rem_euclid(1_000_000));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let _ =
        write!(out, "\"{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    if fraction != 0 {
        let _ = write!(out, ".{fraction:06}");
    }
    out.push_str("Z\"");
}

/// Appends a duration as `"00:00:02.910728"`, with days before it when there are any: `"1 00:00:00"`.
pub fn duration_into(microseconds: i64, out: &mut String) {
    let (seconds, fraction) = (microseconds.div_euclid(1_000_000), microseconds.rem_euclid(1_000_000));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    out.push('"');
    if days != 0 {
        let _ = write!(out, "{days} ");
    }
    let _ = write!(out, "{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
    if fraction != 0 {
        let _ = write!(out, ".{fraction:06}");
    }
    out.push('"');
}

/// The day of the Gregorian calendar that is so many days after 1970-01-01. Eras of 400 years that begin in March, so
/// that the leap day is the last of its year.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_what_serde_writes() {
        for text in ["", "plain", "é → \u{1F600}", "a\"b\\c", "\n\r\t\u{0}\u{1f}\u{7f}", "</script>"] {
            let mut out = String::new();
            string_into(text, &mut out);
            assert_eq!(serde_json::from_str::<String>(&out).unwrap(), text);
        }
    }

    #[test]
    fn instants_are_what_jiff_says() {
        let mut microseconds = -62_000_000_000_000_000_i64;
        while microseconds < 200_000_000_000_000_000 {
            let mut out = String::new();
            instant_into(microseconds, &mut out);
            let parsed: jiff::Timestamp = out.trim_matches('"').parse().unwrap();
            assert_eq!(parsed.as_microsecond(), microseconds, "{out}");
            microseconds += 7_654_321_987_654_321;
        }
        for (microseconds, text) in [
            (0, "\"1970-01-01T00:00:00Z\""),
            (951_782_400_000_000, "\"2000-02-29T00:00:00Z\""),
            (1_795_417_368_331_784, "\"2026-11-23T07:02:48.331784Z\""),
            (-1, "\"1969-12-31T23:59:59.999999Z\""),
        ] {
            let mut out = String::new();
            instant_into(microseconds, &mut out);
            assert_eq!(out, text);
        }
    }

    #[test]
    fn durations() {
        for (microseconds, text) in
            [(2_910_728, "\"00:00:02.910728\""), (86_400_000_000, "\"1 00:00:00\""), (3_661_000_000, "\"01:01:01\"")]
        {
            let mut out = String::new();
            duration_into(microseconds, &mut out);
            assert_eq!(out, text);
        }
    }
}
