# "holds one back that equals, in all five fields, one that it forwarded there within 10
# seconds": a hundred texts later the same text has the same number again.
line 2
stranger 2

2 -> 1: 0000000002/10.0.0.2
  1 -> 2: 0000000002/10.0.0.2
a -> 1: send/0/0000000001/0000000002/yes
  1 -> a: ack/0/0000000001/0000000002/
  1 -> 2: send/0/0000000001/0000000002/yes
  1 -> 2: 0000000001/10.0.0.1?0000000002/10.0.0.2
2 -> 1: ack/0/0000000001/0000000002/
wait 1s
repeat 99: a -> 1: send/0/0000000001/0000000001/{nn}
  1 -> a: ack/99/0000000001/0000000001/
a -> 1: send/0/0000000001/0000000002/yes
  1 -> a: ack/0/0000000001/0000000002/
# The next one of the pair waits its turn.
a -> 1: send/0/0000000001/0000000002/no
  1 -> a: ack/1/0000000001/0000000002/
wait 8s
wait 1500ms
  +1s 1 -> 2: send/0/0000000001/0000000002/yes
2 -> 1: ack/0/0000000001/0000000002/
  1 -> 2: send/1/0000000001/0000000002/no
