use postrider_sim::*;
fn main() {
    let a: Vec<u64> = std::env::args().skip(1).map(|a| a.parse().unwrap()).collect();
    let (from, to) = (a[0], a[1]);
    let t = std::time::Instant::now();
    let mut fails = 0;
    let mut ex = Excused::default();
    let mut sum = Report::default();
    for seed in from..to {
        let o = if a.len() > 2 && a[2] == 1 {
            Options { minutes: 600, ..Options::default() }
        } else if a.len() > 2 && a[2] == 2 {
            Options { minutes: 600, disk: Disk::Store, ..Options::default() }
        } else {
            Options::from_seed(seed)
        };
        let t1 = std::time::Instant::now();
        let r = std::panic::catch_unwind(|| run(seed, &o));
        match r {
            Ok(Ok(r)) => {
                if a.len() > 2 {
                    println!(
                        "{seed} {r:?} ratio {} busy {}",
                        r.simulated.as_secs_f64() / t1.elapsed().as_secs_f64(),
                        r.busy.as_secs_f64() / t1.elapsed().as_secs_f64()
                    );
                }
                ex.late_repeats += r.excused.late_repeats;
                ex.shown_from_two_copies += r.excused.shown_from_two_copies;
                ex.shown_from_one_copy += r.excused.shown_from_one_copy;
                ex.lost_to_an_old_ack += r.excused.lost_to_an_old_ack;
                ex.lost_unacknowledged += r.excused.lost_unacknowledged;
                ex.order_after_a_move += r.excused.order_after_a_move;
                sum.accepted += r.accepted;
                sum.delivered += r.delivered;
                sum.crashes += r.crashes;
                sum.datagrams += r.datagrams;
                sum.commits += r.commits;
                sum.moves += r.moves;
                sum.waiting += r.waiting;
                sum.busy += r.busy;
            }
            Ok(Err(v)) => {
                fails += 1;
                if fails < 40 {
                    println!(
                        "{:?}: seed {} at {:.3}: {}",
                        v.promise,
                        v.seed,
                        v.at.as_micros() as f64 / 1e6,
                        v.what
                            .chars()
                            .take(if a.len() > 3 { 3000 } else { 300 })
                            .collect::<String>()
                    );
                    if a.len() > 3 {
                        let (_, l) = tell(seed, &o);
                        std::fs::write("/tmp/sim-trace.txt", l.join("\n")).unwrap();
                        println!("{v}");
                    }
                }
            }
            Err(_) => {
                fails += 1;
                println!("PANIC seed {seed}");
            }
        }
    }
    println!("fails {fails} of {} in {:?}\n{ex:?}\n{sum:?}", to - from, t.elapsed());
}
