//! A code as a picture for a camera, in characters.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// Light modules around the picture, of the four that the standard asks for. Cameras do with
/// two, and a terminal has few lines.
const MARGIN: usize = 2;

/// The lines of the picture, two rows of modules in each: light is drawn, dark is left out, as
/// on a dark screen. None where the code is too long for one.
pub(crate) fn picture(code: &str) -> Option<Vec<String>> {
    // Capitals take less room.
    let code = zeroize::Zeroizing::new(code.to_uppercase());
    let code = QrCode::with_error_correction_level(code.as_bytes(), EcLevel::L).ok()?;
    let mut renderer = code.render::<Dense1x2>();
    renderer.dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).quiet_zone(false);
    let inner = renderer.build();
    Some(with_margin(&inner))
}

fn with_margin(inner: &str) -> Vec<String> {
    let width = inner.lines().next().map_or(0, |line| line.chars().count()) + 2 * MARGIN;
    let side = "█".repeat(MARGIN);
    let whole = "█".repeat(width);
    let above = std::iter::repeat_n(whole.clone(), MARGIN / 2);
    let last = inner.lines().count().saturating_sub(1);
    let rows = inner.lines().enumerate().map(|(row, line)| {
        // The number of rows is odd: below the last one is margin.
        let line: String =
            line.chars().map(|two| if row == last { lit_below(two) } else { two }).collect();
        format!("{side}{line}{side}")
    });
    let below = std::iter::repeat_n("▀".repeat(width), MARGIN / 2);
    above.chain(rows).chain(below).collect()
}

fn lit_below(two: char) -> char {
    if two == '▀' { '█' } else { '▄' }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules, from the characters: whether each is light.
    fn modules(lines: &[String]) -> Vec<Vec<bool>> {
        let half =
            |line: &str, lit: [char; 2]| line.chars().map(|two| lit.contains(&two)).collect();
        lines.iter().flat_map(|line| [half(line, ['█', '▀']), half(line, ['█', '▄'])]).collect()
    }

    #[test]
    fn the_picture_has_the_modules_of_the_code_and_a_margin() {
        let code = format!("postrider1{}", "q".repeat(150));
        let lines = picture(&code).unwrap();
        let expected =
            QrCode::with_error_correction_level(code.to_uppercase(), EcLevel::L).unwrap();
        let width = expected.width();
        let found = modules(&lines);
        for (y, row) in found.iter().enumerate() {
            assert_eq!(row.len(), width + 2 * MARGIN);
            for (x, is_light) in row.iter().enumerate() {
                let inside = |at: usize| at.checked_sub(MARGIN).filter(|at| *at < width);
                let is_dark = match (inside(x), inside(y)) {
                    (Some(x), Some(y)) => expected[(x, y)] == qrcode::Color::Dark,
                    // The last half line is no part of it.
                    _ => y + 1 == found.len(),
                };
                assert_eq!(*is_light, !is_dark, "{x}, {y}");
            }
        }
        assert!(lines.len() <= 24, "{} lines", lines.len());
        assert_eq!(picture(&"q".repeat(10_000)), None);
    }
}
