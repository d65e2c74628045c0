"""What the gate decides from: its rules, Waivers, costs, approvals and what it leaves in the Manifest."""
