//! The network, drawn.

use super::shape::{Links, Shape};
use std::net::SocketAddr;

/// Width of a server's box in the picture.
const BOX: usize = 12;

/// Boxes side by side, at most: with what joins them they fit eighty columns.
const ABREAST: usize = 5;

/// Servers as boxes with their ports below, where they stand in a line or a ring that
/// fits the terminal; otherwise each with the servers that it has a link to.
pub(super) fn of(shape: Shape, addresses: &[SocketAddr], links: &Links) -> String {
    let count = addresses.len();
    match shape {
        Shape::Line | Shape::Classic if count <= ABREAST => {
            row(&(1..=count).collect::<Vec<_>>(), addresses)
        }
        Shape::Ring if (4..=2 * ABREAST).contains(&count) => ring(addresses),
        _ => list(addresses, links),
    }
}

/// Boxes side by side, each joined with the next.
fn row(servers: &[usize], addresses: &[SocketAddr]) -> String {
    lines(servers, addresses).map(|line| format!("  {}\n", line.trim_end())).concat()
}

fn lines(servers: &[usize], addresses: &[SocketAddr]) -> [String; 4] {
    let joined = |one: &dyn Fn(usize) -> String, between: &str| {
        (0..servers.len()).map(one).collect::<Vec<_>>().join(between)
    };
    let edge = "─".repeat(BOX - 2);
    let last = servers.len() - 1;
    let middle = |place: usize| {
        let left = if place == 0 { "│" } else { "┤" };
        let right = if place == last { "│" } else { "├" };
        format!("{left}{:^width$}{right}", format!("server {}", servers[place]), width = BOX - 2)
    };
    let port =
        |place: usize| format!("{:^BOX$}", format!(":{}", addresses[servers[place] - 1].port()));
    [
        joined(&|_| format!("┌{edge}┐"), "   "),
        joined(&middle, "───"),
        joined(&|_| format!("└{edge}┘"), "   "),
        joined(&port, "   "),
    ]
}

/// Two rows, the second from right to left, joined at both sides.
fn ring(addresses: &[SocketAddr]) -> String {
    let count = addresses.len();
    let above = count.div_ceil(2);
    let top = lines(&(1..=above).collect::<Vec<_>>(), addresses);
    let mut below = lines(&(above + 1..=count).rev().collect::<Vec<_>>(), addresses).to_vec();
    let width = top[0].chars().count();
    let indent = (width - below[0].chars().count()) / 2;
    let mut shown = String::new();
    for (place, line) in top.iter().chain(&below.split_off(0)).enumerate() {
        let padded = match place {
            0..4 => format!("{line:<width$}"),
            _ => format!("{:<width$}", format!("{}{line}", " ".repeat(indent))),
        };
        let (left, right, fill) = match place {
            1 => ("╭─", "─╮", ' '),
            2..5 => ("│ ", " │", ' '),
            5 => ("╰─", "─╯", '─'),
            _ => ("  ", "  ", ' '),
        };
        let padded = if fill == '─' { joined_to_sides(&padded) } else { padded };
        shown += &format!("{}\n", format!("{left}{padded}{right}").trim_end());
    }
    shown
}

/// The spaces around a row become lines, and its ends are open to them.
fn joined_to_sides(row: &str) -> String {
    let inner = row.trim();
    let before = row.chars().take_while(|character| *character == ' ').count();
    let after = row.chars().rev().take_while(|character| *character == ' ').count();
    format!("{}{inner}{}", "─".repeat(before), "─".repeat(after))
}

/// Each server, and those that it has a link to.
fn list(addresses: &[SocketAddr], links: &Links) -> String {
    let line = |server: usize| {
        let others = links.iter().filter_map(|(a, b)| match server {
            server if server == *a => Some(b.to_string()),
            server if server == *b => Some(a.to_string()),
            _ => None,
        });
        let others = others.collect::<Vec<_>>().join(", ");
        let port = addresses[server - 1].port();
        format!("  {:<10} :{port:<6} ─── {others}\n", format!("server {server}"))
    };
    (1..=addresses.len()).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(shape: Shape, servers: u16) -> String {
        let addresses: Vec<SocketAddr> =
            (0..servers).map(|place| ([127, 0, 0, 1], 10_411 + place).into()).collect();
        of(shape, &addresses, &shape.links(servers.into(), 1))
    }

    #[test]
    fn every_picture_fits_a_terminal_of_eighty_columns_and_shows_each_server_once() {
        for shape in [Shape::Line, Shape::Ring, Shape::Star, Shape::Mesh, Shape::Random] {
            for servers in 1..=12 {
                let picture = picture(shape, servers);
                let width = picture.lines().map(|line| line.chars().count()).max();
                assert!(width <= Some(80), "{width:?}\n{picture}");
                for server in 1..=servers {
                    let port = format!(":{}", 10_410 + server);
                    assert_eq!(picture.matches(&port).count(), 1, "{picture}");
                }
            }
        }
    }

    #[test]
    fn a_line_is_drawn_as_boxes() {
        let picture = picture(Shape::Line, 5);
        assert!(picture.contains("│ server 1 ├───┤ server 2 ├"), "{picture}");
    }

    #[test]
    fn a_ring_is_closed_at_both_sides() {
        let expected = [
            "  ┌──────────┐   ┌──────────┐",
            "╭─│ server 1 ├───┤ server 2 │─╮",
            "│ └──────────┘   └──────────┘ │",
            "│    :10411         :10412    │",
            "│ ┌──────────┐   ┌──────────┐ │",
            "╰─│ server 4 ├───┤ server 3 │─╯",
            "  └──────────┘   └──────────┘",
            "     :10414         :10413",
        ];
        assert_eq!(picture(Shape::Ring, 4).lines().collect::<Vec<_>>(), expected);
    }
}
