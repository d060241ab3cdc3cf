//! How the directory spreads, in simulated time: how fast, how often over each link, and
//! how much is said after a cut.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "figures, and a helper may fail")]

use postrider_sim::trunks::{News, Spread};
use std::time::Duration;

#[test]
fn a_change_of_home_crosses_each_link_once_in_one_traversal_of_the_graph() {
    for seed in 1..4 {
        let mut spread = Spread::new(seed, 30, 30).unwrap();
        for person in 0..4 {
            let news = spread.change_home(person).unwrap();
            println!("{} links, {} across: {news:?}", spread.links(), spread.diameter());
            assert_eq!(news.rows as usize, spread.links());
            // Half a round trip over the diameter, and a flush at each server.
            assert!(news.diameters <= 0.55);
        }
    }
}

#[test]
fn a_hundred_servers_agree_within_three_diameters_of_round_trips_after_a_cut_heals() {
    let mut spread = Spread::new(1, 100, 100).unwrap();
    let news = spread.part_and_heal(10).unwrap();
    println!("{} links, {} across: {news:?}", spread.links(), spread.diameter());
    assert!(news.diameters <= 3.0);
    assert!(news.rows > 10);
}

#[test]
fn other_networks_do_so_too() {
    for seed in 2..8 {
        let mut spread = Spread::new(seed, 20, 20).unwrap();
        let news = spread.part_and_heal(5).unwrap();
        println!("{} links, {} across: {news:?}", spread.links(), spread.diameter());
        assert!(news.diameters <= 3.0);
    }
}

#[test]
fn after_a_cut_as_much_is_said_as_has_changed_however_much_is_known() {
    let heal = |numbers, changes| -> News {
        let mut spread = Spread::new(1, 4, numbers).unwrap();
        spread.part_and_heal(changes).unwrap()
    };
    let (few, many, more) = (heal(200, 100), heal(4_000, 100), heal(4_000, 400));
    println!("{few:?}\n{many:?}\n{more:?}");
    let bytes = |news: &News| news.row_bytes as f64;
    assert!((0.9..1.1).contains(&(bytes(&many) / bytes(&few))));
    assert!((3.0..4.5).contains(&(bytes(&more) / bytes(&many))));
}

#[test]
fn where_nothing_changes_a_link_has_one_datagram_in_fifteen_seconds() {
    let mut spread = Spread::new(1, 20, 20).unwrap();
    let (datagrams, rows) = spread.be_quiet(Duration::from_secs(1_200)).unwrap();
    assert!(datagrams <= 1.01, "{datagrams}");
    assert!(datagrams > 0.9, "{datagrams}: links are down");
    assert_eq!(rows, 0);
}
