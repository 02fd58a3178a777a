"""What can be read: views, receipts, archives and audits, all made from the journal."""
