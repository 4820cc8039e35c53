"""What happens to money and time: charges, invoices, subscriptions, the calendar."""
