# The first pair was an echo, as the client's next word showed; the second one is told
# after that word, and no other follows it: the client has moved.
line 3
stranger 1
stranger 3

a -> 2: handshake/0/0000000001//
  2 -> a: ack/0/0000000001//
  2 -> 1: 0000000001/10.0.0.2
  2 -> 3: 0000000001/10.0.0.2
wait 50ms
1 -> 2: 0000000001/10.0.0.1
wait 50ms
a -> 2: get/0/0000000001//
  2 -> a: send/0//0000000001/
wait 100ms
3 -> 2: 0000000001/10.0.0.3
# Its last word was at 100 ms.
wait 1s
  +150ms 2: its client has moved
  +150ms 2 -> 1: 0000000001/10.0.0.3
  +150ms 2 -> 3: 0000000001/10.0.0.3
