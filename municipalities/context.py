def identity(request): return {}
