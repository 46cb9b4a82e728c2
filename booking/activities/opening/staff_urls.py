from django.urls import path

from booking.activities.opening import views

app_name = "openings"
urlpatterns = [
    path("<int:pk>/", views.opening, name="opening"),
]
