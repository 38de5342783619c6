print("scrip")
