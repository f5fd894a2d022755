"""Sets for recognition filled up: what is made from which photo, made once each, recorded, and checked."""
