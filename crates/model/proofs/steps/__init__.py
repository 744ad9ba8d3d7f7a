"""Steps of the models as facts over unbounded integers, and the obligations that follow from them."""
