"""制度沙盘 sandbox (GO-02): replay a changed pack over stored facts before anybody adopts it."""
