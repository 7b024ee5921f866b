"""The studio: a local web page on which testers speak with the bot and designers change what it says."""
