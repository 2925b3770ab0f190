//! What git prints about a change: any bytes give a list or an error.
#![no_main]

use afterclick::change::{Content, Range, raw};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(entries) = raw::parse(bytes) {
        assert!(entries.len() <= bytes.len());
    }
    let _ = Content::from_bytes(bytes.to_vec());
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Range::parse(text);
    }
});
