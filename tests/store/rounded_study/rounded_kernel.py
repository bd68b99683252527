"""A cell whose result tells its input apart to the last bit."""


def kernel(x, y):
    """Return the input and a sum."""
    return {"same": x, "total": x + y}


kernel.parameters = {
    "x": {"unit": "mS/cm2", "default": 1.0},
    "y": {"unit": "mS/cm2", "default": 1.0},
}
kernel.outputs = {"same": "mS/cm2", "total": "mS/cm2"}
