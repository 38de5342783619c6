// Scrip
