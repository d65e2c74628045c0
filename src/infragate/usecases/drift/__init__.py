"""`drift`: plans that change nothing, of many Stacks side by side."""
