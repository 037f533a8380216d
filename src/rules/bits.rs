//! Rows of bits, read 64 at a time from any place and in both directions.
//!
//! For what is known of each token of a talk or of a turn: matching walks from a token forward and back, and wants the
//! nearest neighbor in bit 0 either way.

/// The 64 bits of a row from `at` on; beyond its end there are none.
pub(crate) fn bits_from(row: &[u64], at: usize) -> u64 {
    let word = |index: usize| row.get(index).copied().unwrap_or_default();
    let (index, shift) = (at / 64, at % 64);
    let above = if shift == 0 { 0 } else { word(index + 1) << (64 - shift) };
    word(index) >> shift | above
}

/// The 64 bits of a row before `at`, the nearest first; before its beginning there are none.
pub(crate) fn bits_before(row: &[u64], at: usize) -> u64 {
    match at.checked_sub(64) {
        Some(from) => bits_from(row, from).reverse_bits(),
        None if at == 0 => 0,
        None => (bits_from(row, 0) << (64 - at)).reverse_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_read_over_the_edges_of_numbers_and_of_the_row() {
        let row = [1 | 1 << 63, 0b10];
        assert_eq!(bits_from(&row, 63), 0b101);
        assert_eq!(bits_from(&row, 65), 1);
        assert_eq!(bits_from(&row, 500), 0);
        assert_eq!(bits_before(&row, 64), 1 | 1 << 63);
        assert_eq!(bits_before(&row, 66), 0b101);
        assert_eq!(bits_before(&row, 1), 1);
        assert_eq!(bits_before(&row, 0), 0);
    }
}
