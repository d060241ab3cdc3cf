# "Only where that client said something within the last quarter of a second may the
# pair be an echo of where it was before: then the receiver waits until that time is
# over"
line 3
stranger 1
stranger 3

a -> 2: handshake/0/0000000001//
  2 -> a: ack/0/0000000001//
  2 -> 1: 0000000001/10.0.0.2
  2 -> 3: 0000000001/10.0.0.2
wait 100ms
3 -> 2: 0000000001/10.0.0.3
# Told again, it does not wait longer.
wait 100ms
3 -> 2: 0000000001/10.0.0.3
where 0000000001
  2 knows 0000000001 at 2
wait 1s
  +50ms 2: its client has moved
  +50ms 2 -> 1: 0000000001/10.0.0.3
  +50ms 2 -> 3: 0000000001/10.0.0.3
wait 60s
