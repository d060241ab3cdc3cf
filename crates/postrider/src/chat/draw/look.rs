//! How things look: with colours or without, in UTF-8 or in ASCII.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

/// What the terminal can show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) has_colours: bool,
    pub(crate) is_utf8: bool,
}

impl Look {
    /// By the environment: `NO_COLOR`, `TERM` and the locale.
    pub(crate) fn of_environment() -> Look {
        let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
        let locale = locale.unwrap_or_default().to_ascii_lowercase();
        let is_plain = set("TERM").is_some_and(|term| term == "dumb" || term.starts_with("vt"));
        Look {
            has_colours: set("NO_COLOR").is_none() && !is_plain,
            is_utf8: locale.contains("utf-8") || locale.contains("utf8"),
        }
    }

    pub(super) fn bar(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    pub(super) fn chosen(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    pub(super) fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub(super) fn quiet(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    pub(super) fn head(self) -> Style {
        self.coloured(Color::Cyan, Modifier::DIM)
    }

    pub(super) fn alarm(self) -> Style {
        self.coloured(Color::Red, Modifier::BOLD)
    }

    /// Bright on black, whatever the terminal's colours are: a camera wants it so.
    pub(super) fn picture(self) -> Style {
        match self.has_colours {
            true => Style::new().fg(Color::White).bg(Color::Black),
            false => Style::new(),
        }
    }

    fn coloured(self, colour: Color, otherwise: Modifier) -> Style {
        if self.has_colours {
            Style::new().fg(colour)
        } else {
            Style::new().add_modifier(otherwise)
        }
    }

    /// Leaves nothing on the screen that the terminal cannot show.
    pub(super) fn finish(self, buffer: &mut Buffer) {
        if self.is_utf8 {
            return;
        }
        for cell in &mut buffer.content {
            let plain = match cell.symbol() {
                symbol if symbol.is_ascii() => continue,
                "─" => "-",
                "│" => "|",
                "┌" | "┐" | "└" | "┘" => "+",
                "…" => "~",
                "●" => "*",
                _ => "?",
            };
            cell.set_symbol(plain);
        }
    }
}
