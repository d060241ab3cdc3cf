line 1

a -> 1: send/0/0000000001/0000000002/{x*161}
  1 drops it: a text of over 160 characters or 226 bytes
a -> 1: send/0/0000000001/0000000002/{x*160}
  1 -> a: ack/0/0000000001/0000000002/
# 113 letters of two bytes, and one more byte.
a -> 1: send/0/0000000001/0000000002/{ä*113}x
  1 drops it: a text of over 160 characters or 226 bytes
a -> 1: send/0/0000000001/0000000002/{ä*113}
  1 -> a: ack/1/0000000001/0000000002/
look 1
  1 clients, 2 waiting, 0 without an ack
b -> 1: get/0/0000000002//
  1 -> b: send/0/0000000001/0000000002/{x*160}
b -> 1: ack/0/0000000002/0000000001/
b -> 1: get/0/0000000002//
  1 -> b: send/1/0000000001/0000000002/{ä*113}
