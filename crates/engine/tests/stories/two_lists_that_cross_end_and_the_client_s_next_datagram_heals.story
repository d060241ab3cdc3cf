# "(Without this, two lists that cross go round for ever.)"
# "A wrong guess heals with the client's next datagram."
line 3
hold 1 -> 2
hold 3 -> 2

a -> 1: handshake/0/0000000001//
  1 -> a: ack/0/0000000001//
  1 -> 2: 0000000001/10.0.0.1   (held)
a -> 3: handshake/0/0000000001//
  3 -> a: ack/0/0000000001//
  3 -> 2: 0000000001/10.0.0.3   (held)
release 1 -> 2
  1 -> 2: 0000000001/10.0.0.1   (arrives)
  2 -> 1: 0000000001/10.0.0.1
  2 -> 3: 0000000001/10.0.0.1
release 3 -> 2
  3 -> 2: 0000000001/10.0.0.3   (arrives)
  2 -> 1: 0000000001/10.0.0.3
  2 -> 3: 0000000001/10.0.0.3
wait 60s
  +250ms 1: its client has moved
  +250ms 1 -> 2: 0000000001/10.0.0.3
  +250ms 3: its client has moved
  +250ms 3 -> 2: 0000000001/10.0.0.1
  +250ms 2: an old echo
where 0000000001
  1 knows 0000000001 at 3
  2 knows 0000000001 at 3
  3 knows 0000000001 at 1
a -> 3: get/0/0000000001//
  3 -> a: send/0//0000000001/
  3 -> 2: 0000000001/10.0.0.3
where 0000000001
  1 knows 0000000001 at 3
  2 knows 0000000001 at 3
  3 knows 0000000001 at 3
