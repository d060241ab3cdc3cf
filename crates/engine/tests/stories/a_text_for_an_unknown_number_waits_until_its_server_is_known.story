# "What a server takes for a client that is not its own waits among the messages to
# forward. It goes to the server named in the list as soon as that is known"
line 3
stranger 1
stranger 3

a -> 2: send/0/0000000001/0000000005/where are you
  2 -> a: ack/0/0000000001/0000000005/
  2 -> 1: 0000000001/10.0.0.2
  2 -> 3: 0000000001/10.0.0.2
1 -> 2: send/9/0000000003/0000000004/and you
  2 -> 1: ack/9/0000000003/0000000004/
wait 60s
3 -> 2: 0000000005/10.0.0.3
  2 -> 3: send/0/0000000001/0000000005/where are you
  2 -> 1: 0000000001/10.0.0.2?0000000005/10.0.0.3
  2 -> 3: 0000000001/10.0.0.2?0000000005/10.0.0.3
3 -> 2: ack/0/0000000001/0000000005/
# The other one attaches here.
d -> 2: get/0/0000000004//
  2 -> d: send/9/0000000003/0000000004/and you
  2 -> 1: 0000000001/10.0.0.2?0000000004/10.0.0.2?0000000005/10.0.0.3
  2 -> 3: 0000000001/10.0.0.2?0000000004/10.0.0.2?0000000005/10.0.0.3
