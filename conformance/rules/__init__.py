"""The rules that a run obeys.

case         what a case is, and what it may do to the device
verdict      pass, inconclusive, fail, error; findings and observations
judgement    from findings and measurements to the verdict of one case
measurement  what a judgement needs to know of a measurement
consistency  a device must keep to the readings it has chosen
profile      what a model of camera claims to have
waivers      failures that are accepted for a while
"""
