"""A payments server and a mailbox for when there is no key; imports nothing of ours."""
