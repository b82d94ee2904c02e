"""The rubric room: seven dimensions, what people claim for them, and the first rules that evidence them."""
