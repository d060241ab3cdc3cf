//! What goes wrong, and for how long.

use super::World;
use crate::trunks::net::{Event, Trouble};
use crate::trunks::report::Verdict;
use crate::trunks::rogue;
use crate::trunks::shape::Pair;
use std::time::Duration;

/// The longest jump of a clock.
const JUMP_MAX: Duration = Duration::from_secs(2 * 86_400);
/// How long a disk stays full at the most.
const FULL_MAX: Duration = Duration::from_secs(40);
/// How long it takes until neighbours hear of a new address.
const NEWS_MAX: Duration = Duration::from_secs(60);

impl World {
    pub(super) fn plan_troubles(&mut self) {
        let all = [
            Trouble::Cut,
            Trouble::Partition,
            Trouble::Flap(None, 12),
            Trouble::Move,
            Trouble::Crash,
            Trouble::Fill,
            Trouble::Jump,
            Trouble::Lie,
        ];
        for trouble in all {
            self.plan_often(self.often(&trouble), trouble);
        }
    }

    /// How often it happens in an hour.
    fn often(&self, trouble: &Trouble) -> f64 {
        let options = &self.options;
        match trouble {
            Trouble::Cut => options.cuts,
            Trouble::Partition => options.partitions,
            Trouble::Flap(..) => options.flaps,
            Trouble::Move => options.address_changes,
            Trouble::Crash => options.crashes,
            Trouble::Fill => options.disk_full,
            Trouble::Jump => options.jumps,
            Trouble::Lie => options.rogue * 60.0,
            Trouble::Heal(_) | Trouble::Moved(_) | Trouble::Empty(_) => 0.0,
        }
    }

    pub(super) fn trouble(&mut self, trouble: Trouble) -> Verdict {
        if self.calm {
            return Ok(());
        }
        let server = self.net.dice.usize(..self.options.servers);
        match &trouble {
            Trouble::Cut => self.cut_one(),
            Trouble::Partition => self.part(),
            Trouble::Heal(pairs) => pairs.iter().for_each(|pair| self.net.heal(*pair)),
            Trouble::Flap(pair, left) => self.flap(*pair, *left),
            Trouble::Move => self.move_one(server),
            Trouble::Moved(server) => self.tell_moved(*server),
            Trouble::Crash => self.sites[server].doom(&mut self.net),
            Trouble::Fill => {
                self.sites[server].room.set_full(true);
                let full = FULL_MAX.mul_f64(self.net.dice.f64());
                self.net.plan(full, Event::Trouble(Trouble::Empty(server)));
            }
            Trouble::Empty(server) => self.sites[*server].room.set_full(false),
            Trouble::Jump => {
                let ahead = JUMP_MAX.mul_f64(self.net.dice.f64().powi(3));
                self.checkers.jumped += ahead;
                self.sites[server].jump(ahead, &mut self.net);
            }
            Trouble::Lie => self.lie(),
        }
        let again = match trouble {
            Trouble::Flap(Some(_), _) => return Ok(()),
            trouble => trouble,
        };
        self.plan_often(self.often(&again), again);
        Ok(())
    }

    fn some_link(&mut self) -> Option<Pair> {
        let which = self.net.dice.usize(..self.links.len().max(1));
        self.links.iter().nth(which).copied()
    }

    /// In one direction, the other, or both.
    fn cut_one(&mut self) {
        let Some((a, b)) = self.some_link() else { return };
        let pairs = match self.net.dice.u8(..3) {
            0 => vec![(a, b)],
            1 => vec![(b, a)],
            _ => vec![(a, b), (b, a)],
        };
        self.cut_for_a_while(pairs);
    }

    /// Some servers on one side, the others on the other.
    fn part(&mut self) {
        let side: Vec<bool> = self.sites.iter().map(|_| self.net.dice.bool()).collect();
        let parted = self.links.iter().filter(|(a, b)| side[*a] != side[*b]);
        let pairs = parted.flat_map(|(a, b)| [(*a, *b), (*b, *a)]).collect();
        self.cut_for_a_while(pairs);
    }

    fn cut_for_a_while(&mut self, pairs: Vec<Pair>) {
        pairs.iter().for_each(|pair| self.net.cut(*pair));
        let lasts = self.options.cut_max.mul_f64(self.net.dice.f64());
        self.net.plan(lasts, Event::Trouble(Trouble::Heal(pairs)));
    }

    fn flap(&mut self, pair: Option<Pair>, left: u8) {
        let Some((a, b)) = pair.or_else(|| self.some_link()) else { return };
        let pairs = vec![(a, b), (b, a)];
        pairs.iter().for_each(|pair| self.net.cut(*pair));
        let down = Duration::from_millis(self.net.dice.u64(1_000..30_000));
        let up = Duration::from_millis(self.net.dice.u64(1_000..20_000));
        self.net.plan(down, Event::Trouble(Trouble::Heal(pairs)));
        if left > 0 {
            let again = Trouble::Flap(Some((a, b)), left - 1);
            self.net.plan(down + up, Event::Trouble(again));
        }
    }

    fn move_one(&mut self, server: usize) {
        self.sites[server].move_away(&mut self.net);
        let news = NEWS_MAX.mul_f64(self.net.dice.f64());
        self.net.plan(news, Event::Trouble(Trouble::Moved(server)));
    }

    /// Its neighbours are told where it is.
    pub(super) fn tell_moved(&mut self, server: usize) {
        let address = self.sites[server].address;
        for site in &mut self.sites {
            site.neighbour_moved(server, address);
        }
    }

    fn lie(&mut self) {
        let servers = self.options.servers;
        if let Some(rogue) = &mut self.rogue {
            rogue.lie(&mut self.net);
            for _ in 0..3 {
                let (to, from, bytes) = rogue::stray(servers, &mut self.net);
                self.net.plan(Duration::ZERO, Event::Arrive { to, from, bytes });
            }
        }
    }
}
