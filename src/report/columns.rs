//! Cells in columns that are as wide as they have to be, and as many of them as fit.

use crate::report::page::{Ink, Screen, fill, right, width};

/// Spaces between columns.
const GAP: &str = "  ";

/// A table: the first column to the left, the others, which are numbers, to the right. Columns that the screen has no room
/// for are left out from the right.
pub(super) fn columns(head: &[String], lines: &[Vec<String>], screen: Screen) -> String {
    let mut widths: Vec<usize> = head.iter().map(|cell| width(cell)).collect();
    for line in lines {
        for (column, cell) in widths.iter_mut().zip(line) {
            *column = (*column).max(width(cell));
        }
    }
    let mut room = screen.columns + GAP.len();
    let fitting = widths
        .iter()
        .take_while(|column| match room.checked_sub(**column + GAP.len()) {
            Some(left) => {
                room = left;
                true
            }
            None => false,
        })
        .count();
    let written = |cells: &[String]| {
        let cells: Vec<String> = cells
            .iter()
            .zip(&widths)
            .take(fitting)
            .enumerate()
            .map(
                |(place, (cell, width))| {
                    if place == 0 { fill(cell, *width) } else { right(cell, *width) }
                },
            )
            .collect();
        cells.join(GAP).trim_end().to_owned()
    };
    let mut text = format!("{}\n", screen.paint(Ink::Dim, &written(head)));
    for line in lines {
        text.push_str(&written(line));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    #[test]
    fn numbers_stand_below_one_another_and_what_does_not_fit_is_left_out() {
        let long = "x".repeat(30);
        let head = row(&["звонок", "n", "точно", &long]);
        let lines = [row(&["раз", "5", "100", "1"]), row(&["два", "50", "7", "1"])];
        let text = columns(&head, &lines, Screen::new(40, false));
        assert_eq!(text, "звонок   n  точно\nраз      5    100\nдва     50      7\n");
    }
}
