//! The line of servers, drawn.

use std::net::SocketAddr;

/// Width of a server's box in the picture.
const BOX: usize = 12;

/// Servers as boxes, their ports below.
pub(super) fn of(addresses: &[SocketAddr]) -> String {
    let joined = |one: &dyn Fn(usize) -> String, between: &str| {
        (0..addresses.len()).map(one).collect::<Vec<_>>().join(between)
    };
    let edge = "─".repeat(BOX - 2);
    let last = addresses.len() - 1;
    let middle = |place: usize| {
        let left = if place == 0 { "│" } else { "┤" };
        let right = if place == last { "│" } else { "├" };
        format!("{left}{:^width$}{right}", format!("server {}", place + 1), width = BOX - 2)
    };
    let port = |place: usize| format!("{:^BOX$}", format!(":{}", addresses[place].port()));
    [
        joined(&|_| format!("┌{edge}┐"), "   "),
        joined(&middle, "───"),
        joined(&|_| format!("└{edge}┘"), "   "),
        joined(&port, "   "),
    ]
    .map(|line| format!("  {}\n", line.trim_end()))
    .concat()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_line_fits_a_terminal_of_eighty_columns() {
        let addresses =
            [10411, 10412, 10413, 10414, 65535].map(|port| ([127, 0, 0, 1], port).into());
        let picture = super::of(&addresses);
        assert!(picture.lines().all(|line| line.chars().count() <= 80), "{picture}");
        assert!(picture.contains("│ server 1 ├───┤ server 2 ├"), "{picture}");
        assert!(picture.contains(":65535"));
    }
}
