# "Mark 0 says nothing: each such send is a message of its own"
line 1

a -> 1: send/0/0000000001/0000000002/hello
  1 -> a: ack/0/0000000001/0000000002/
a -> 1: send/0/0000000001/0000000002/hello
  1 -> a: ack/1/0000000001/0000000002/
a -> 1: send/00/0000000001/0000000002/hello
  1 -> a: ack/2/0000000001/0000000002/
look 1
  1 clients, 3 waiting, 0 without an ack

# After one of them the last one is not the marked one any more.
a -> 1: send/5/0000000001/0000000002/marked
  1 -> a: ack/3/0000000001/0000000002/
a -> 1: send/0/0000000001/0000000002/marked
  1 -> a: ack/4/0000000001/0000000002/
a -> 1: send/5/0000000001/0000000002/marked
  1 -> a: ack/5/0000000001/0000000002/
look 1
  1 clients, 6 waiting, 0 without an ack
