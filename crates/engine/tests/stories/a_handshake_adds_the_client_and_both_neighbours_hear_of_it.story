# "adds SRC as its own client, replies ack/0/SRC//, shares its list"
line 3

a -> 2: handshake/0/0000000001//
  2 -> a: ack/0/0000000001//
  2 -> 1: 0000000001/10.0.0.2
  2 -> 3: 0000000001/10.0.0.2
  1 -> 2: 0000000001/10.0.0.2
  3 -> 2: 0000000001/10.0.0.2
where 0000000001
  1 knows 0000000001 at 2
  2 knows 0000000001 at 2
  3 knows 0000000001 at 2

# It moves by shaking hands elsewhere.
wait 1s
a -> 1: handshake/0/0000000001//
  1 -> a: ack/0/0000000001//
  1 -> 2: 0000000001/10.0.0.1
  2: its client has moved
  2 -> 1: 0000000001/10.0.0.1
  2 -> 3: 0000000001/10.0.0.1
  3 -> 2: 0000000001/10.0.0.1
