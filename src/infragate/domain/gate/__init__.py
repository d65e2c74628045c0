"""What the gate decides from: its rules, its exceptions, what a plan costs."""
