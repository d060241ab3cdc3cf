//! Text in lines of a width.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The text in lines of at most so many columns, broken between words where that is possible.
/// The first line is there even if it is empty.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    text.split('\n').flat_map(|paragraph| wrap_paragraph(paragraph, width.max(1))).collect()
}

fn wrap_paragraph(paragraph: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in paragraph.replace('\t', "    ").split_inclusive(' ') {
        let columns = word.trim_end().width();
        if used + columns > width && columns <= width && used > 0 {
            lines.push(String::new());
            used = 0;
        }
        for piece in word.graphemes(true) {
            let columns = piece.width();
            if used + columns > width && used > 0 {
                // A space at the end of a line is where the line was broken.
                if piece.trim().is_empty() {
                    continue;
                }
                lines.push(String::new());
                used = 0;
            }
            if let Some(last) = lines.last_mut() {
                last.push_str(piece);
            }
            used += columns;
        }
    }
    lines
}

/// As much of the beginning as fits into so many columns, with `more` at the end if that is not
/// all.
pub(crate) fn cut(text: &str, width: usize, more: &str) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(more.width());
    let mut cut = String::new();
    let mut used = 0;
    for piece in text.graphemes(true) {
        used += piece.width();
        if used > room {
            break;
        }
        cut.push_str(piece);
    }
    cut + more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrap("the quick brown fox.", 10), ["the quick ", "brown fox."]);
        assert_eq!(wrap("abcde fghij", 5), ["abcde", "fghij"]);
        assert_eq!(wrap("abcdefghijkl", 5), ["abcde", "fghij", "kl"]);
        assert_eq!(wrap("a\n\nb", 5), ["a", "", "b"]);
        assert_eq!(wrap("日本語です", 4), ["日本", "語で", "す"]);
        assert_eq!(wrap("x", 0), ["x"]);
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(cut("abcdef", 6, "…"), "abcdef");
        assert_eq!(cut("abcdefg", 6, "…"), "abcde…");
        assert_eq!(cut("日本語", 4, ".."), "日..");
    }
}
