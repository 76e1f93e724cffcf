"""What goes wrong, and what people do: a catalogue of faults and operator actions, and the plan of them."""
