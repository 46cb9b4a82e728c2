"""A service made for the tests that sells numbered places, through the door of `booking/payments` and no other way."""
