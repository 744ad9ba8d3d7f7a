"""Steps of the accrual model as facts over unbounded integers, and the obligations that follow from them."""
