//! A link that runs takes no memory.

#[path = "support/direct.rs"]
mod direct;

use direct::{Direct, ITEMS};
use postrider_link::Mode;

#[test]
fn once_running_a_link_allocates_nothing() {
    for mode in [Mode::Sealed, Mode::Clear] {
        let mut direct = Direct::new(mode);
        (0..5_000).for_each(|_| direct.step());
        let before = (direct.packets, direct.custody);
        // Over a change of keys, too.
        let taken = allocation_counter::measure(|| (0..70_000).for_each(|_| direct.step()));
        assert!(direct.packets - before.0 >= 70_000, "{}", direct.packets);
        assert!(direct.custody - before.1 >= 69_000 * ITEMS);
        assert_eq!(taken.count_total, 0, "{taken:?}");
    }
}
